/** An engine in this thread, and times of what is done with it. */
import * as E from "fp-ts/lib/Either.js"
import { systemClock } from "../../../src/base/clock.ts"
import { makeEngine, type Engine } from "../../../src/engine/engine.ts"
import { makeInlineTransport } from "../../../src/engine/inline-transport.ts"
import { describeIssue } from "../../../src/graph/describe.ts"
import { edit, type Edit } from "../../../src/graph/edit.ts"
import type { Graph } from "../../../src/graph/graph.ts"
import { memoryStore, type Store } from "../../../src/store/store.ts"

export const engineOn = (store: Store = memoryStore(systemClock)): Engine =>
  makeEngine({
    store,
    clock: systemClock,
    transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock }),
    seed: 1,
    deviceFamily: async () => "",
    codeVersion: async () => "1",
  })

export const edited = (graph: Graph, ...edits: readonly Edit[]): Graph => {
  const result = edit(graph, edits)
  if (E.isLeft(result)) throw new Error(result.left.map(describeIssue).join("; "))
  return result.right.graph
}

/** Milliseconds that `act` took. */
export const timed = async (act: () => unknown): Promise<number> => {
  const from = performance.now()
  await act()
  return performance.now() - from
}

/** The value below which a share of them lies. */
export const quantile = (values: readonly number[], share: number): number => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN

export const inMs = (ms: number): string => `${ms < 10 ? ms.toFixed(3) : ms.toFixed(0)} ms`
