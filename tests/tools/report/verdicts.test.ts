/** The board of a study: criteria by number, strips within their pictures, chance beside every figure. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { buildGraph, type Matrix, type Verdict } from "#src"
import { heatMap, sharesOf } from "../../../tools/report/heat-map.ts"
import { intervalStrip, stripWidth } from "../../../tools/report/interval-strip.ts"
import { reportPage } from "../../../tools/report/page.ts"
import type { Drawable, NodeReport } from "../../../tools/report/run-report.ts"
import walks from "../../support/graphs/walks.ts"

const built = buildGraph(walks)
if (E.isLeft(built)) throw new Error("the graph of this test is wrong")
const effect = (numbers: Partial<Verdict["effects"][number]> = {}): Verdict["effects"][number] => ({ name: "a < b", unit: "bits", value: 0.1, low: 0.05, high: 0.2, values: [0.1, 0.11], over: "2 seeds", above: 0, below: null, outcome: "PASS", ...numbers })
const verdict = (id: string, outcome: Verdict["outcome"] = "PASS"): Drawable => ({ view: "verdict", value: { id, part: "A", claim: `claim ${id}`, outcome, effects: [effect()] } })
const node = (path: string, drawable: Drawable): NodeReport => ({ path, id: "test/kind", state: "ran", why: "", ms: 1, drawables: [drawable] })
const matrix: Matrix = {
  title: "M", unit: "share", better: "higher", chance: 0.25, over: "3 seeds", rows: ["x", "y"], columns: ["en", "ru"],
  cells: [[{ value: 1, interval: [0.9, 1.1] }, { value: 5, interval: null }], [{ value: 3, interval: [2, 4] }, { value: 5, interval: null }]],
}

describe("the verdict board", () => {
  it("has the criteria in the order of their numbers, counts them, and leaves single effects to them", async () => {
    const page = await reportPage({ graph: built.right, facts: [], nodes: [verdict("10", "FAIL"), verdict(""), verdict("9"), verdict("2", "INCONCLUSIVE")].map((v, i) => node(`v/${i}`, v)) }, "stamp")
    expect([...page.matchAll(/<span class="number">(\d+)/g)].map(([, id]) => id)).toEqual(["2", "9", "10"])
    // At a glance, each leads to its claim.
    expect([...page.matchAll(/<a class="(\w+)" href="#criterion-(\d+)"/g)].map(([, outcome, id]) => [outcome, id])).toEqual([["INCONCLUSIVE", "2"], ["PASS", "9"], ["FAIL", "10"]])
    for (const id of [2, 9, 10]) expect(page).toContain(`<article id="criterion-${id}"`)
    expect(page).toMatch(/<li class="PASS"><b>1<\/b>.*<li class="FAIL"><b>1<\/b>.*<li class="INCONCLUSIVE"><b>1<\/b>/)
    expect(page).toContain("a &lt; b")
    // What single nodes made is folded.
    expect(page).toContain("<details><summary>Graph</summary>")
  })

  it("draws every mark of a strip within it, also where there is no width", () => {
    for (const one of [effect(), effect({ above: null, below: -3 }), effect({ value: 0, low: 0, high: 0, values: [0], above: null, below: 0 })]) {
      const places = [...intervalStrip(one).html.matchAll(/ c?x[12]?="([^"]*)"/g)].map(([, x]) => Number(x))
      expect(places.length).toBeGreaterThan(7)
      for (const x of places) expect(x >= 0 && x <= stripWidth, `${x}`).toBe(true)
    }
  })

  it("shades cells by how good they are in their column, and shows the chance level with them", () => {
    expect(sharesOf(matrix)).toEqual([[0, 0.5], [1, 0.5]])
    expect(sharesOf({ ...matrix, better: "lower" })).toEqual([[1, 0.5], [0, 0.5]])
    const svg = heatMap(matrix).html
    // In both columns, and as the lower end of the scale.
    expect(svg.match(/>0\.250</g)).toHaveLength(3)
    expect(svg).toContain("0.900 to 1.100")
    expect(heatMap({ ...matrix, chance: null }).html).not.toContain("chance")
    // The last column again, as dots: here both figures are 5, without intervals, and the chance level is elsewhere.
    expect([...svg.matchAll(/<circle cx="([^"]*)"/g)].map(([, x]) => x)).toEqual([expect.any(String), expect.any(String)])
    expect(new Set([...svg.matchAll(/<circle cx="([^"]*)"/g)].map(([, x]) => x)).size).toBe(1)
    expect(svg).not.toContain("NaN")
  })
})
