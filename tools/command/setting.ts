/** What commands that look at a graph in its store share: the store opened and closed, the device chosen, forecasts. */
import * as E from "fp-ts/lib/Either.js"
import { resolve } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { forecast, type Forecast } from "../../src/engine/forecast.ts"
import type { Graph, Ref } from "../../src/graph/graph.ts"
import { isStream } from "../../src/schema/stream.ts"
import { openStore } from "../../src/store/open-store.ts"
import { describeStoreError } from "../../src/store/store-error.ts"
import type { Store } from "../../src/store/store.ts"
import { chooseFor, type ChosenDevice } from "./device-choice.ts"
import { exitCode } from "./exit-code.ts"
import { codeVersions } from "./machine-notes.ts"
import { limits } from "./open-engine.ts"
import { textOption, type CommandLine } from "./parse-command.ts"
import { defaultStore } from "./spec.ts"

/** Opens the store at `dir` for as long as `use` takes; gives back its exit code. `fullToo`: for commands that only look. */
export const withStore = async (dir: string, use: (store: Store) => Promise<number>, fullToo = false): Promise<number> => {
  const store = await openStore(dir, { clock: systemClock, fullToo })
  if (E.isLeft(store)) {
    console.error(describeStoreError(store.left))
    return exitCode.failed
  }
  try {
    return await use(store.right)
  } finally {
    await store.right.close()
  }
}

/** The folder that `--store` names. */
export const storeOption = (line: CommandLine): string => resolve(textOption(line, "store") ?? defaultStore)

/** Right undefined: no node of the graph computes on a device, and none was asked for. Left is a sentence for people. */
export const deviceFor = async (graph: Graph, asked: string, store: Store): Promise<E.Either<string, ChosenDevice | undefined>> => {
  const isNeeded = [...graph.nodes.values()].some(({ kind }) => kind.onDevice === true)
  return isNeeded || asked !== "auto" ? chooseFor(asked, store.notes) : E.right(undefined)
}

/** What a run of `graph` would do here. */
export const forecastFor = (graph: Graph, store: Store, device: ChosenDevice | undefined, seed: number): Promise<Forecast> =>
  forecast(graph, { store, clock: systemClock, seed, deviceFamily: async () => device?.family ?? "", codeVersion: codeVersions(store.notes), isWanted: (output) => isShown(graph, output), resources: limits() })

/** Whether a report shows the output, so that a run reads its bytes. */
export const isShown = (graph: Graph, { node, port }: Ref): boolean => {
  const type = graph.nodes.get(node)?.kind.outputs[port]
  return type !== undefined && !isStream(type) && type.view !== "data"
}
