/** What one page looks at, in its address; what it finds; what it writes. */
import { expect, test } from "vitest"
import { findNodes } from "../../../../src/live/page/view/find.ts"
import { describeStatus } from "../../../../src/live/page/view/phases.ts"
import { expectedLeft } from "../../../../src/live/page/view/time-left.ts"
import { edgeName, firstView, readEdge, readMoment, readView, writeMoment, writeView, type View } from "../../../../src/live/page/view/view.ts"
import { chartsOf, curveIn, tablesOf, textsOf } from "../../../../src/live/page/panel/gather.ts"
import { graphPicture } from "../../../../src/live/page/share/picture.ts"
import { sceneOf } from "../../../../src/live/page/graph/scene.ts"
import { treeRows } from "../../../../src/live/page/side/tree-rows.ts"
import { parseText, shownText } from "../../../../src/live/page/controls/param-text.ts"
import type { Headline, NodeStatus } from "../../../../src/live/protocol/status.ts"
import { aStatus } from "../small-state.ts"
import { aNode, anInput, anOutput } from "./a-node.ts"

test("L9 a view comes back from its address", () => {
  const views: readonly View[] = [
    firstView,
    { selected: "a/b[lr=0.1].x", tab: "why", closed: new Set(["a", "b/c"]), at: { x: -12, y: 30, zoom: 0.5 }, compare: undefined },
    { ...firstView, compare: { a: { _tag: "run", id: "graph 2026 05" }, b: { _tag: "revision", revision: 12 } } },
  ]
  for (const view of views) expect(readView(`#${writeView(view)}`)).toEqual(view)
  expect(writeView(firstView)).toBe("")
})

test("what an address says wrongly is as if it were not said", () => {
  expect(readView("#tab=nonsense&at=1+2&compare=now&node=x")).toEqual({ ...firstView, selected: "x" })
})

test("moments and edges have names that are read back", () => {
  for (const moment of [{ _tag: "now" }, { _tag: "file" }, { _tag: "revision", revision: 3 }, { _tag: "run", id: "a b/c" }] as const) expect(readMoment(writeMoment(moment))).toEqual(moment)
  expect(readMoment("r3x")).toBeUndefined()
  const [from, to] = [{ node: "a[lr=0.1]", port: "out" }, { node: "b.c", port: "in" }]
  expect(readEdge(edgeName(from, to))).toEqual({ from, to })
  expect(readEdge("a>>b")).toBeUndefined()
})

test("nodes are found by all words, those whose path has them first", () => {
  const nodes = { "expert/ru": aNode("expert/ru", { kind: "trainer/pretrain" }), pretrain: aNode("pretrain"), bits: aNode("bits") }
  expect(findNodes("pretrain", ["expert/ru", "bits", "pretrain"], nodes)).toEqual(["pretrain", "expert/ru"])
  expect(findNodes("expert pretrain", Object.keys(nodes), nodes)).toEqual(["expert/ru"])
  expect(findNodes("", Object.keys(nodes), nodes)).toHaveLength(3)
})

test("a status is told in a few words", () => {
  const progress = { done: 42, total: 100, unit: "steps", note: null, leftMs: 80_000 }
  expect(describeStatus({ ...aStatus, phase: "running", progress })).toBe("running, 42 % · 1 min 20 s left")
  expect(describeStatus({ ...aStatus, phase: "done", ms: 3_210 })).toBe("done in 3.2 s")
  expect(describeStatus({ ...aStatus, phase: "stale", progress })).toBe("stale at 42 %")
  // Of a stream that goes on nobody knows how long it is.
  expect(describeStatus({ ...aStatus, phase: "running", progress: { ...progress, total: null, leftMs: null } })).toBe("running, 42 steps")
  expect(describeStatus({ ...aStatus, phase: "stale", progress: { ...progress, total: null } })).toBe("stale")
  expect(expectedLeft({ a: { ...aStatus, phase: "running", progress }, b: { ...aStatus, phase: "stale", progress: { ...progress, leftMs: 1e9 } } })).toBe(80_000)
  expect(expectedLeft({ a: aStatus })).toBeUndefined()
})

const status = (headline: Headline): NodeStatus => ({ ...aStatus, phase: "done", isFresh: true, headline })
const metric = (mix: number): NodeStatus => status({ _tag: "metric", title: "bits", unit: "bits", better: "lower", values: { mix } })
const curve = (x: string): NodeStatus => status({ _tag: "curve", title: "Loss", x, y: "loss", points: [[0, 1]], live: false })

test("metrics of one title are a table with the best of each column; curves of the same axes a chart", () => {
  const statuses: { readonly [path: string]: NodeStatus } = { "bits/a": metric(2), "bits/b": metric(1), c: curve("steps"), d: curve("steps"), e: curve("epochs") }
  const order = Object.keys(statuses)
  expect(tablesOf(order, statuses)).toMatchObject([{ title: "bits", columns: ["mix"], best: { mix: 1 }, rows: [{ path: "bits/a", name: "a" }, { path: "bits/b", name: "b" }] }])
  expect(chartsOf(order, order.map((path) => curveIn(statuses[path]))).map(({ x, series }) => [x, series.map(({ name, colour }) => [name, colour])])).toEqual([["steps", [["c", 1], ["d", 2]]], ["epochs", [["e", 1]]]])
  const text = status({ _tag: "text", title: "t", text: "hello" })
  expect(textsOf(["s", "t"], { s: aNode("s", { outputs: [anOutput("out", { view: "sample" })] }), t: aNode("t") }, { s: text, t: text })).toEqual([{ path: "s", text: "hello", status: text }])
})

test("the picture of a graph is SVG with every node, and nothing of a name is markup", () => {
  const nodes = { a: aNode("a"), b: aNode("b", { title: "<b>", kind: "metric/<i>", inputs: [anInput("in", ["a.out"])] }) }
  const colour = (): string => "#123456"
  const { svg, width, height } = graphPicture(sceneOf(["a", "b"], nodes, new Set()), { nodes, statuses: { b: metric(2.5) } }, { paper: "#fff", card: "#fff", ink: "#000", soft: "#555", line: "#ddd", family: colour, tone: colour })
  expect(svg).toMatch(/^<svg xmlns=/)
  expect(svg.match(/<g /g)).toHaveLength(2)
  expect(svg).toContain("2.500")
  expect(svg).not.toContain("<i>")
  expect(Math.min(width, height)).toBeGreaterThan(64)
})

test("the list of nodes has groups where their first node stands", () => {
  expect(treeRows(["text", "expert/ru", "bits/ru", "expert/zh", "bits/zh"]).map(({ _tag, path, depth }) => `${_tag} ${depth} ${path}`)).toEqual([
    "node 0 text", "group 0 expert", "node 1 expert/ru", "node 1 expert/zh", "group 0 bits", "node 1 bits/ru", "node 1 bits/zh",
  ])
  expect(treeRows(["a", "a/b", "a/b/c", "a/b/d"]).map(({ _tag, path, depth }) => `${_tag} ${depth} ${path}`)).toEqual([
    "group 0 a", "node 1 a", "group 1 a/b", "node 2 a/b", "node 2 a/b/c", "node 2 a/b/d",
  ])
})

test("params are typed as texts, numbers, words or JSON", () => {
  const slider = { _tag: "slider", min: 0, max: 1, step: 0.1 } as const
  expect(parseText(slider, "0.25", 1)).toEqual({ value: 0.25 })
  expect(parseText(slider, "", 1)).toBeUndefined()
  expect(parseText({ _tag: "text" }, "hello", "old")).toEqual({ value: "hello" })
  expect(parseText({ _tag: "text" }, "en, ru", ["en"])).toEqual({ value: ["en", "ru"] })
  expect(parseText({ _tag: "text" }, '{"a":1}', {})).toEqual({ value: { a: 1 } })
  expect(parseText({ _tag: "text" }, "{", {})).toBeUndefined()
  expect([shownText("a"), shownText(["a"]), shownText(1)]).toEqual(["a", '["a"]', "1"])
})
