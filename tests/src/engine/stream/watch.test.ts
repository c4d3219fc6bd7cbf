/** Streams as Observables for people, and results in the order of the elements. SPEC S12, S13, R4. */
import fc from "fast-check"
import { firstValueFrom, from, map, toArray } from "rxjs"
import { describe, expect, it } from "vitest"
import { mapOrdered } from "#src"
import { graphOf } from "../small-graph.ts"
import { testEngine } from "../test-engine.ts"
import { plain, sinkKind, sourceKind } from "./stream-kinds.ts"

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const fast = plain(sourceKind({ pace: async () => undefined }))
const graph = (count: number) =>
  graphOf({ source: { kind: fast, params: { count, size: 1, fail: -1 } }, sink: { kind: plain(sinkKind()), params: { most: 1e6 }, from: ["source"] } })

describe("stream$", () => {
  it("S13: latest misses what comes too fast, counts it, and ends with the last element", async () => {
    const { engine, events } = testEngine()
    const seen: unknown[] = []
    engine.commit(graph(500))
    engine.stream$("source", "out").subscribe((element) => seen.push(element))
    await engine.settle()
    expect(seen.at(-1)).toEqual([499])
    expect(seen.length).toBeLessThan(500)
    const [watched] = events.flatMap((event) => (event.type === "streamed" && event.to === undefined ? [event] : []))
    expect(watched!.elements).toBe(seen.length)
    expect(watched!.elements + watched!.dropped).toBe(500)
    expect(engine.counters()).toMatchObject({ dropped: watched!.dropped, streamed: 500 + seen.length })
  })

  it("S13: block sees everything; what has ended is read from the store", async () => {
    const { engine } = testEngine({ credit: { items: 3, bytes: 1e6 } })
    const seen: unknown[] = []
    engine.commit(graph(50))
    engine.stream$("source", "out", "block").subscribe((element) => seen.push(element))
    await engine.settle()
    const all = Array.from({ length: 50 }, (_, i) => [i])
    expect(seen).toEqual(all)
    const latest: unknown[] = []
    const again: unknown[] = []
    engine.stream$("source", "out").subscribe((element) => latest.push(element))
    engine.stream$("source", "out", "block").subscribe((element) => again.push(element))
    while (again.length < 50 || latest.length < 1) await turn()
    expect([latest, again]).toEqual([[[49]], all])
    expect(await firstValueFrom(engine.value$("source", "out"))).toEqual(all.flat())
  })

  it("S13: what has gone along a stream so far is known while both of its ends run, and not before or after", async () => {
    let goOn = (): void => undefined
    const kind = plain(sourceKind({ pace: (i) => (i < 3 ? turn() : new Promise<void>((resolve) => (goOn = resolve))) }))
    const { engine } = testEngine()
    engine.commit(graphOf({ source: { kind, params: { count: 4, size: 2, fail: -1 } }, sink: { kind: plain(sinkKind()), params: { most: 1e6 }, from: ["source"] } }))
    const settled = engine.settle()
    expect(engine.flow("source", "out")).toBeUndefined()
    while ((engine.flow("source", "out")?.elements ?? 0) < 3) await turn()
    // "[0,1]", "[2,3]", "[4,5]".
    expect(engine.flow("source", "out")).toEqual({ elements: 3, bytes: 15 })
    goOn()
    await settled
    expect(engine.flow("source", "out")).toBeUndefined()
  })

  it("S13: sample shows one element in so many milliseconds", async () => {
    let now = 0
    const clock = { now: () => (now += 0.25), wall: () => 0 }
    const { engine, events } = testEngine({ clock })
    const seen: unknown[] = []
    engine.commit(graph(300))
    engine.stream$("source", "out", { sample: 1e6 }).subscribe((element) => seen.push(element))
    await engine.settle()
    // The first, and what was newest at the end.
    expect(seen).toEqual([[0], [299]])
    expect(events.find((event) => event.type === "streamed" && event.to === undefined)).toMatchObject({ elements: 2, dropped: 298 })
  })
})

describe("mapOrdered", () => {
  it("S12: the order of the results is that of the elements, with no more at once than declared", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 30 }), fc.integer({ min: 1, max: 6 }), async (waits, parallel) => {
        let [running, most] = [0, 0]
        const results = mapOrdered(waits, parallel, async (wait, index) => {
          most = Math.max(most, ++running)
          for (let i = 0; i < wait; i++) await turn()
          running--
          return index
        })
        expect(await firstValueFrom(from(results).pipe(map((x) => x), toArray()))).toEqual(waits.map((_, i) => i))
        expect(most).toBeLessThanOrEqual(parallel)
      }),
      { numRuns: 30 },
    )
  })

  it("S12: as many at once as declared, where there are as many", async () => {
    let [running, most] = [0, 0]
    const results = mapOrdered([1, 2, 3, 4, 5], 3, async (element) => {
      most = Math.max(most, ++running)
      for (let i = 0; i < 20; i++) await turn()
      running--
      return element
    })
    expect(await firstValueFrom(from(results).pipe(toArray()))).toEqual([1, 2, 3, 4, 5])
    expect(most).toBe(3)
  })

  it("S12: the first failure in order is the one that shows, and the source is left", async () => {
    let left = false
    const source = (async function* () {
      try {
        for (let i = 0; ; i++) yield i
      } finally {
        left = true
      }
    })()
    const got: number[] = []
    const all = async () => {
      for await (const x of mapOrdered(source, 4, async (i) => {
        if (i >= 5) throw new Error(`no ${i}`)
        return i
      })) got.push(x)
    }
    await expect(all()).rejects.toThrow("no 5")
    expect([got, left]).toEqual([[0, 1, 2, 3, 4], true])
  })
})
