/** Random networks of streams: sources, stages and mergers, each with a sink that reads elements and one that reads the whole. */
import fc from "fast-check"
import { expect } from "vitest"
import { makeInlineTransport, memoryStore, systemClock, type Graph, type Kind, type Store } from "#src"
import { graphOf, type Row } from "../small-graph.ts"
import { testEngine, turn } from "../test-engine.ts"
import { mergeKind, plain, sinkKind, sourceKind, stageKind, wholeSink } from "./stream-kinds.ts"

/** How long each step of a kind takes, in turns of the loop; used round and round. */
type Pace = readonly number[]
const paced = (pace: Pace) => {
  let i = 0
  return async (): Promise<void> => {
    for (let n = pace[i++ % pace.length] ?? 0; n > 0; n--) await turn()
  }
}

export interface Network {
  readonly sources: readonly { readonly count: number; readonly size: number; readonly pace: Pace }[]
  /** Each reads from nodes before it, by offset. */
  readonly stages: readonly { readonly from: readonly number[]; readonly every: number; readonly turns: boolean; readonly pace: Pace; readonly cores: 0 | 1 }[]
  readonly credit: { readonly items: number; readonly bytes: number }
  readonly capacity: number
  /** 0: who waits for its consumers gives its core away at once. */
  readonly patienceMs: number
  readonly kept: boolean
  readonly sinkPace: Pace
}

const pace = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 })
export const network: fc.Arbitrary<Network> = fc.record({
  sources: fc.array(fc.record({ count: fc.nat(25), size: fc.integer({ min: 1, max: 4 }), pace }), { minLength: 1, maxLength: 2 }),
  stages: fc.array(
    fc.record({ from: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }), every: fc.integer({ min: 1, max: 8 }), turns: fc.boolean(), pace, cores: fc.constantFrom(0 as const, 1 as const) }),
    { minLength: 1, maxLength: 5 },
  ),
  credit: fc.record({ items: fc.integer({ min: 1, max: 5 }), bytes: fc.constantFrom(10, 40, 1e6) }),
  capacity: fc.integer({ min: 1, max: 4 }),
  patienceMs: fc.constantFrom(0, 1_000),
  kept: fc.boolean(),
  sinkPace: pace,
})

const withDefaults = (kind: Kind, params: Row["params"], from: readonly string[]): Row => ({
  kind,
  params: { ...Object.fromEntries(Object.entries(kind.params).map(([name, param]) => [name, param.default ?? 0])), ...params },
  from,
})

/** No two stages give the same numbers. `fail`: the first source fails before this element. */
export const graphOfNetwork = ({ sources, stages, kept, sinkPace }: Network, fail = -1, ofMerger: (i: number) => Partial<Kind> = () => ({})): Graph => {
  const rows: Record<string, Row> = {}
  const streams: string[] = []
  sources.forEach(({ count, size, pace: of }, i) => {
    rows[`source${i}`] = withDefaults(plain(sourceKind({ kept, pace: paced(of) })), { count, size, fail: i === 0 ? fail : -1 }, [])
    streams.push(`source${i}`)
  })
  stages.forEach(({ from, every, turns, pace: of, cores }, i) => {
    const inputs = [...new Set(from.map((offset) => streams[offset % streams.length]!))]
    const kind: Kind = inputs.length === 1 ? plain(stageKind(paced(of), cores)) : plain({ ...mergeKind(paced(of)), ...ofMerger(i) })
    rows[`stage${i}`] = withDefaults(kind, inputs.length === 1 ? { add: 2 ** i, every } : { turns }, inputs)
    streams.push(`stage${i}`)
  })
  streams.forEach((path, i) => {
    rows[`sink${i}`] = withDefaults(plain(sinkKind(paced(sinkPace))), {}, [path])
    // Of one core: ready as soon as its stream has ended, while others still wait for their sinks.
    rows[`whole${i}`] = withDefaults(plain({ ...wholeSink, cores: 1 }), {}, [path])
  })
  return graphOf(rows)
}

export const engineOf = ({ credit, capacity, patienceMs }: Pick<Network, "credit" | "capacity" | "patienceMs">, store: Store = memoryStore(systemClock)) =>
  testEngine({ store, credit, patienceMs, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock, capacity }) })

/** Settles, or fails when nothing has come to an end for long. */
export const settled = async (test: ReturnType<typeof testEngine>): Promise<Awaited<ReturnType<typeof test.engine.settle>>> => {
  let ended: Awaited<ReturnType<typeof test.engine.settle>> | undefined
  void test.engine.settle().then((summary) => (ended = summary))
  let idle = 0
  for (let last = -1; ended === undefined; last = test.events.length) {
    idle = test.events.length === last ? idle + 1 : 0
    expect(idle, "turns in which nothing came to an end").toBeLessThan(20_000)
    await turn()
  }
  return ended
}
