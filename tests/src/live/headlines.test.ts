/** Headlines that take time to read: one read a node at a time, the newest next, and none that is older than what is shown. */
import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import type { Hash } from "#src"
import type { NodeState } from "../../../src/engine/node-state.ts"
import type { Node } from "../../../src/graph/graph.ts"
import { makeHeadlines } from "../../../src/live/headlines.ts"
import type { OutputValues } from "../../../src/live/output-values.ts"
import { turn } from "../engine/test-engine.ts"
import { measure } from "./live-graph.ts"

const node = { path: "size", kind: measure } as unknown as Node
const state = (revision: number, size = revision): NodeState => ({ path: "size", phase: "stale", revision, outcome: undefined, progress: undefined, outputs: { metric: { hash: `hash ${size}` as Hash, bytes: 1 } } })
const metric = (size: number) => ({ title: "Sizes", unit: "apples", better: "lower" as const, values: { size } })

const held = () => {
  const reads: { readonly hash: string; readonly end: (value: E.Either<string, unknown>) => void }[] = []
  const values: OutputValues = {
    now: () => undefined,
    bytes: async () => E.left("not asked for"),
    read: (_, { hash }) => new Promise((end) => void reads.push({ hash, end })),
  }
  let told = 0
  const headlines = makeHeadlines(values, () => told++)
  const sizeNow = (revision: number, size?: number): readonly [size: number | undefined, revision: number, isNewest: boolean] => {
    const { headline, revision: of, isNewest } = headlines.of(node, state(revision, size))
    return [headline?._tag === "metric" ? headline.values["size"] : undefined, of, isNewest]
  }
  const end = async (i: number): Promise<void> => {
    const { hash, end: give } = reads[i]!
    give(E.right(metric(Number(hash.split(" ")[1]))))
    await turn()
  }
  return { headlines, reads, sizeNow, end, told: () => told }
}

it("L5: results that are replaced while they are read are shown, the newest next", async () => {
  const { headlines, reads, sizeNow, end, told } = held()
  expect([1, 2, 3].map((revision) => sizeNow(revision))).toEqual([[undefined, 0, false], [undefined, 0, false], [undefined, 0, false]])
  expect(reads.map(({ hash }) => hash)).toEqual(["hash 1"])
  await end(0)
  expect(sizeNow(3)).toEqual([1, 1, false])
  // The second was replaced before its turn came.
  expect(reads.map(({ hash }) => hash)).toEqual(["hash 1", "hash 3"])
  await end(1)
  expect(sizeNow(3)).toEqual([3, 3, true])
  expect([told(), headlines.isReading()]).toEqual([2, false])
})

it("L5: a result that is read late takes the place of none that is newer", async () => {
  const { sizeNow, end, reads } = held()
  sizeNow(1)
  await end(0)
  sizeNow(2)
  // Undone: what was there is there again, of a newer revision.
  expect(sizeNow(3, 1)).toEqual([1, 3, true])
  await end(1)
  expect(sizeNow(3, 1)).toEqual([1, 3, true])
  expect(reads).toHaveLength(2)
})

it("L3: a node that is gone has no headline, also when one was being read", async () => {
  const { headlines, sizeNow, end, told } = held()
  sizeNow(1)
  headlines.forget("size")
  await end(0)
  expect([told(), headlines.isReading()]).toEqual([0, false])
  expect(sizeNow(2)).toEqual([undefined, 0, false])
})
