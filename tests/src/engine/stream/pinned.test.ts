/** Streams that are pinned, to what they were and to named contents. SPEC P13, S2, S5. */
import { expect, it } from "vitest"
import { hashBytes, memoryStore, systemClock, type Controls, type Graph } from "#src"
import { outputsOf } from "../../../../src/engine/why-not.ts"
import { graphOf, type Row } from "../small-graph.ts"
import { testEngine } from "../test-engine.ts"
import { plain, sinkKind, sourceKind, stageKind, wholeSink } from "./stream-kinds.ts"

const row = (kind: Row["kind"], params: Row["params"], ...from: string[]): Row => ({
  kind,
  params: { ...Object.fromEntries(Object.entries(kind.params).map(([name, param]) => [name, param.default ?? 0])), ...params },
  from,
})
const [source, stage, sink, whole] = [plain(sourceKind()), plain(stageKind()), plain(sinkKind()), plain(wholeSink)]

/** A stage, pinned or not, that one reads element by element and another as a whole. */
const chain = (add: number, controls: Controls = {}): Graph =>
  graphOf({ source: row(source, { count: 6 }), stage: { ...row(stage, { add, every: 2 }, "source"), controls }, sink: row(sink, {}, "stage"), whole: row(whole, {}, "stage") })

it("P13: a stream is pinned to what it was, and to any manifest in the store, for who reads elements and for who reads the whole", async () => {
  const store = memoryStore(systemClock)
  const first = testEngine({ store })
  first.engine.commit(chain(1))
  await first.engine.settle()
  const { out } = outputsOf(first.engine.outcome("stage")) ?? {}
  if (out === undefined) throw new Error("the stage has no output")
  const sum = await first.out("sink")

  const kept = testEngine({ store })
  kept.engine.commit(chain(2, { pin: {} }))
  expect(await kept.engine.settle()).toMatchObject({ ran: 0, held: 1 })

  for (const place of [store, memoryStore(systemClock)]) {
    // Elsewhere only the blobs are, and nobody knows what made them.
    if (place !== store) for await (const { hash } of store.blobs.list()) await copy(store, place, hash)
    const named = testEngine({ store: place })
    named.engine.commit(chain(2, { pin: { outputs: { out: { hash: out.hash, bytes: out.bytes } } } }))
    expect(await named.engine.settle()).toMatchObject({ held: 1, failed: 0 })
    expect([await named.out("sink"), await named.out("whole")]).toEqual([sum, sum])
  }

  const gone = testEngine({ store })
  gone.engine.commit(chain(2, { pin: { outputs: { out: { hash: hashBytes("gone"), bytes: 4 } } } }))
  expect(await gone.engine.settle()).toMatchObject({ failed: 1, blocked: 2 })
})

const copy = async (from: ReturnType<typeof memoryStore>, to: ReturnType<typeof memoryStore>, hash: ReturnType<typeof hashBytes>): Promise<void> => {
  const bytes = await from.blobs.get(hash)
  if (bytes._tag === "Right") await to.blobs.put([bytes.right])
}
