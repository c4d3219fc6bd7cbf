/** The report page: drawn by views alone, escaped, self-contained, and left alone when nothing changed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, describe, expect, it } from "vitest"
import { buildGraph, ndarray } from "#src"
import { chartsOf } from "../../../tools/report/curves-section.ts"
import { drawUnlessIn } from "../../../tools/report/drawn-charts.ts"
import { layoutGraph } from "../../../tools/report/graph-layout.ts"
import { metricTables } from "../../../tools/report/metric-tables.ts"
import { figure } from "../../../tools/report/metrics-section.ts"
import { reportPage } from "../../../tools/report/page.ts"
import type { Drawable, NodeReport, RunReport } from "../../../tools/report/run-report.ts"
import { linesText, writeReport } from "../../../tools/report/write-report.ts"
import walks from "../../support/graphs/walks.ts"

const built = buildGraph(walks)
if (E.isLeft(built)) throw new Error("the graph of this test is wrong")

const node = (path: string, ...drawables: Drawable[]): NodeReport => ({ path, id: "test/kind", state: "ran", why: "first run", ms: 1200, key: "ab".repeat(32), drawables })
const curve = (name: string, ...ys: number[]): Drawable => ({ view: "curve", value: { title: "Loss", x: "steps", y: "nats", series: [{ name, points: ys.map((y, x) => [x, y] as const) }] } })
const metric = (values: Record<string, number>, better: "lower" | "higher" = "lower"): Drawable => ({ view: "metric", value: { title: "Bits", unit: "bit", better, values } })
const reportOf = (...nodes: NodeReport[]): RunReport => ({ graph: built.right, nodes, facts: [["seed", "0"]] })

const full = reportOf(
  node("words", { view: "table", value: { title: "Corpora", columns: ["licence"], rows: [["Apache-2.0"]] } }),
  node("walk/1", curve("", 3, 2)),
  node("walk/2", curve("", 4, 1), metric({ en: 2, mix: 3 })),
  node("sum", metric({ en: 1.5, mix: 4 })),
  { ...node("measure"), state: "failed", why: "the logits are not finite" },
  node("display",
    { view: "sample", value: { title: "Samples", samples: [{ locale: "ru", prompt: "Функция ", text: "<script>alert(1)</script>" }] } },
    { view: "picture", value: { meta: { title: "Glyphs", captions: ["а", "б"] }, tensors: { pixels: ndarray("u8", [2, 2, 2], new Uint8Array(8)) } } },
  ),
)

describe("the report page", () => {
  const page = reportPage(full, "stamp")

  it("has a section for every view that some node has, and none for the others", async () => {
    const ids = (text: string) => [...text.matchAll(/<section id="(\w+)"/g)].map((match) => match[1])
    expect(ids(await page)).toEqual(["problems", "metrics", "curves", "samples", "pictures", "tables", "graph", "run"])
    expect(ids(await reportPage(reportOf(node("words")), "stamp"))).toEqual(["graph", "run"])
  })

  it("draws charts in the size of the page's style sheet", async () => {
    expect(await page).toContain('class="chart"')
    expect(await page).not.toContain('class="marks"')
  })

  it("asks nothing of the network and runs no script", async () => {
    const text = (await page).replaceAll('xmlns="http://www.w3.org/2000/svg"', "").replaceAll('xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    expect(text).not.toMatch(/https?:/)
    expect(text).not.toMatch(/<script|<link|@import|url\(/)
  })

  it("escapes what nodes say", async () => {
    expect(await page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;")
    expect(await page).toContain('<blockquote lang="ru"><b>Функция </b>')
  })

  it("shows failures, licences, pictures and facts", async () => {
    const text = await page
    expect(text).toContain("<b>measure</b> failed: the logits are not finite")
    expect(text).toContain("Apache-2.0")
    expect(text.match(/src="data:image\/png;base64,/g)).toHaveLength(2)
    expect(text).toContain("<dt>seed</dt><dd>0</dd>")
  })

  it("draws charts in the style sheet's colours", async () => {
    const text = await page
    expect(text).toContain('stroke="var(--series-2)"')
    expect(text).toContain("walk/1")
    expect(text).not.toContain("#0304")
  })
})

describe("metrics", () => {
  it("of one title share a table; the best of a column is known, whichever way is better", () => {
    const [table, ...others] = metricTables(full)
    expect(others).toEqual([])
    expect(table).toMatchObject({ columns: ["en", "mix"], rows: [{ node: "walk/2" }, { node: "sum" }], best: { en: 1.5, mix: 3 } })
    expect(metricTables(reportOf(node("a", metric({ x: 1 }, "higher")), node("b", metric({ x: 2 }, "higher"))))[0]?.best).toEqual({ x: 2 })
  })

  it("in one row are not a contest, and those that go the other way are not mixed in", () => {
    const tables = metricTables(reportOf(node("a", metric({ x: 1 })), node("b", metric({ x: 2 }, "higher"))))
    expect(tables.map(({ best }) => best)).toEqual([{}, {}])
  })

  it("are written with four figures or so", () => {
    expect([0, 3, 2.34567, 12.345, 123.456, 12345.6, 0.00001234, 1234567].map(figure)).toEqual(["0", "3", "2.346", "12.35", "123.5", "12346", "1.234e-5", "1,234,567"])
  })
})

describe("curves", () => {
  it("of one family share a chart and are told apart by their nodes", () => {
    expect(chartsOf(full)).toMatchObject([{ title: "Loss: walk", x: "steps", lines: [{ name: "walk/1" }, { name: "walk/2" }] }])
    expect(chartsOf(reportOf(node("a/1", curve("train", 1)), node("b/1", curve("", 1))))).toMatchObject([{ title: "Loss: a/1", lines: [{ name: "train" }] }, { title: "Loss: b/1", lines: [{ name: "b/1" }] }])
  })
})

describe("charts that the page before has", () => {
  const chart = { x: "steps", y: "nats", lines: [{ name: "", points: [[0, 1], [1, 0.5]] as const }] }
  const drawing = (before: string) => {
    let drawn = 0
    const draw = drawUnlessIn(before, async ({ lines }, label) => ((drawn += 1), `<svg aria-label="${label}">\n<path d="${lines.length}"/></svg>`))
    return { draw, drawn: () => drawn }
  }

  it("[O5] are not drawn again", async () => {
    const first = drawing("")
    const page = `<p>${await first.draw(chart, "Loss")}</p>${await first.draw(chart, "Other")}`
    const second = drawing(page)
    expect(`<p>${await second.draw(chart, "Loss")}</p>${await second.draw(chart, "Other")}`).toBe(page)
    expect([first.drawn(), second.drawn()]).toEqual([2, 0])
  })

  it("[O5] are drawn again where a point, an axis or the label is another, or somebody changed the page", async () => {
    const page = await drawing("").draw(chart, "Loss")
    const others = [{ ...chart, x: "tokens" }, { ...chart, lines: [{ name: "", points: [[0, 1], [1, 0.25]] as const }] }]
    const { draw, drawn } = drawing(page)
    for (const other of others) await draw(other, "Loss")
    await draw(chart, "Loss, again")
    expect(drawn()).toBe(3)
    const damaged = drawing(page.replace('d="1"', 'd="2"'))
    expect(await damaged.draw(chart, "Loss")).toBe(page)
    expect(damaged.drawn()).toBe(1)
  })

  it("[O5] make a page like one drawn anew", async () => {
    const before = await reportPage(full, "one")
    expect(await reportPage(full, "two", before)).toBe(before.replace('content="one"', 'content="two"'))
  })
})

describe("the picture of the graph", () => {
  const { boxes, edges } = layoutGraph(built.right)
  const x = (path: string) => boxes.find((box) => box.path === path)?.x ?? Number.NaN

  it("has every node once, left of all that read from it, and no two on top of each other", () => {
    expect(boxes.map(({ path }) => path).sort()).toEqual([...built.right.nodes.keys()].sort())
    expect(edges).toContainEqual(["words", "walk/1"])
    for (const [from, to] of edges) expect(x(from)).toBeLessThan(x(to))
    expect(new Set(boxes.map((box) => `${box.x} ${box.y}`)).size).toBe(boxes.length)
  })
})

describe("writeReport", () => {
  const folder = mkdtempSync(join(tmpdir(), "cambium-report-"))
  afterAll(() => rmSync(folder, { recursive: true }))
  let drawn = 0
  const write = (stamp: string) => writeReport(folder, join(folder, "report.html"), stamp, linesText([{ type: "summary", ran: drawn }]), () => ((drawn += 1), Promise.resolve(reportOf(node("words")))))

  it("writes page and lines, draws again only when the stamp is another, and leaves no other file", async () => {
    await write("one")
    const first = statSync(join(folder, "report.html")).mtimeMs
    await write("one")
    expect([drawn, statSync(join(folder, "report.html")).mtimeMs]).toEqual([1, first])
    await write("two")
    expect(drawn).toBe(2)
    expect(readFileSync(join(folder, "results.jsonl"), "utf8")).toBe('{"type":"summary","ran":1}\n')
    expect(readdirSync(folder).sort()).toEqual(["report.html", "results.jsonl"])
  })
})
