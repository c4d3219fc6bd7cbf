/** Puts an engine together for the command: worker threads, the chosen device, code versions from the store's notes. */
import { totalmem } from "node:os"
import { resolve } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { makeEngine, type Engine } from "../../src/engine/engine.ts"
import type { Amounts } from "../../src/engine/resources.ts"
import type { Kind } from "../../src/engine/kind.ts"
import { makeWorkerTransport, type WorkerTransport } from "../../src/engine/worker-transport.ts"
import type { Graph, Ref } from "../../src/graph/graph.ts"
import type { Store } from "../../src/store/store.ts"
import { isBundled } from "../bundle/import-source.ts"
import { workerBundle } from "../bundle/worker-bundle.ts"
import type { ChosenDevice } from "./device-choice.ts"
import { codeVersions } from "./machine-notes.ts"

/** Of what nodes may use besides cores. */
export const limits = (): Amounts => ({ memory: totalmem() })

export interface EngineSetup {
  /** The graph file, and the graph as it is when a thread starts. */
  readonly file: string
  readonly graph: () => Graph
  readonly store: Store
  readonly device: ChosenDevice | undefined
  readonly seed: number
  /** Cores that nodes may use together. */
  readonly jobs: number
  /** Outputs that are read once they are settled. */
  readonly isWanted: (output: Ref) => boolean
  /** Nodes fail at the first step that makes a number that is not finite. */
  readonly trapNan?: boolean
  /** Tries of a node that fails transiently, after the first; 2 if absent. */
  readonly retry?: number
  /** Milliseconds that a node may run. */
  readonly timeout?: number | undefined
  /** Milliseconds between checkpoints; 5 s if absent. */
  readonly checkpointEvery?: number | undefined
  /** As the sources are on disk, if absent. */
  readonly codeVersion?: (kind: Kind) => Promise<string>
  /** Cores beyond `jobs` for what somebody touches. */
  readonly spareCores?: number
}

export interface CommandEngine extends Engine {
  readonly warm: WorkerTransport["warm"]
}

const deviceModule = new URL("../../src/device/open.ts", import.meta.url).href

/** Threads that start together wait for one bundle. */
const shared = <A,>(make: () => Promise<A>): (() => Promise<A>) => {
  let making: Promise<A> | undefined
  return () => (making ??= make().finally(() => (making = undefined)))
}

/** `close` ends the worker threads too; the store stays open. */
export const openEngine = ({ file, graph, store, device, seed, jobs, isWanted, trapNan = false, retry = 2, timeout, checkpointEvery, codeVersion, spareCores = 0 }: EngineSetup): CommandEngine => {
  const code = (): Promise<string | undefined> => workerBundle([deviceModule, ...[...graph().nodes.values()].map(({ kind }) => kind.module)], resolve(file))
  const transport = makeWorkerTransport({
    store,
    clock: systemClock,
    capacity: jobs,
    ...(device === undefined ? {} : { device: { wanted: device.wanted, module: deviceModule, trapNan } }),
    // Where the command itself is read from sources, bundling did not work.
    ...(isBundled ? { code: shared(code) } : {}),
  })
  const engine = makeEngine({
    store,
    transport,
    clock: systemClock,
    seed,
    resources: limits(),
    isWanted,
    retry: { tries: retry + 1, pauseMs: 200, jitter: Math.random },
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(checkpointEvery === undefined ? {} : { checkpointMs: checkpointEvery }),
    deviceFamily: async () => device?.family ?? "",
    codeVersion: codeVersion ?? codeVersions(store.notes),
    spareCores,
  })
  return {
    ...engine,
    warm: transport.warm,
    close: async () => {
      await engine.close()
      await transport.close()
    },
  }
}
