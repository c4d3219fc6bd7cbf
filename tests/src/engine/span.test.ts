/** How long work takes on so many cores. SPEC R7. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { spanOf, type Piece } from "#src"

const piece = (name: string, ms: number, after: readonly string[] = [], cores = 1): Piece => ({ name, ms, cores, after })

it("R7: work in sum, along the longest chain, and on one core and two", () => {
  const pieces = [piece("a", 10), piece("b", 30, ["a"]), piece("c", 5, ["a"]), piece("d", 20), piece("e", 1, ["b", "c"])]
  expect(spanOf(pieces, 1)).toEqual({ workMs: 66, chainMs: 41, wallMs: 66 })
  expect(spanOf(pieces, 2)).toEqual({ workMs: 66, chainMs: 41, wallMs: 41 })
})

it("R7: the start of the longest chain goes first, what takes no core goes beside, what has ended is not waited for", () => {
  expect(spanOf([piece("short", 10), piece("long", 1, ["gone"]), piece("tail", 20, ["long"])], 1).wallMs).toBe(31)
  expect(spanOf([piece("a", 10), piece("b", 10, [], 0), piece("c", 10, [], 0)], 1)).toEqual({ workMs: 30, chainMs: 10, wallMs: 10 })
  expect(spanOf([], 2)).toEqual({ workMs: 0, chainMs: 0, wallMs: 0 })
})

it("R7: on any cores, no sooner than the longest chain and the shared work, no later than one after another", () => {
  const graph = fc.array(fc.record({ ms: fc.nat(50), after: fc.array(fc.nat(9), { maxLength: 3 }) }), { maxLength: 10 })
  fc.assert(
    fc.property(graph, fc.integer({ min: 1, max: 4 }), (rows, jobs) => {
      const pieces = rows.map(({ ms, after }, i) => piece(`${i}`, ms, [...new Set(after.filter((j) => j < i).map(String))]))
      const { workMs, chainMs, wallMs } = spanOf(pieces, jobs)
      expect(wallMs).toBeGreaterThanOrEqual(Math.max(chainMs, workMs / jobs))
      // Graham's bound of any order that keeps cores busy.
      expect(wallMs).toBeLessThanOrEqual(workMs / jobs + ((jobs - 1) / jobs) * chainMs + 1e-9)
    }),
  )
})
