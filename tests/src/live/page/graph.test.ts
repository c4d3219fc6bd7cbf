/** What the canvas shows is told from wiring alone: groups, places, lines, neighbours, wires. */
import { describe, expect, test } from "vitest"
import { groupsOf, prefixesOf, shownLinks, standIn } from "../../../../src/live/page/graph/groups.ts"
import { placeBoxes } from "../../../../src/live/page/graph/layout.ts"
import { neighbour } from "../../../../src/live/page/graph/neighbour.ts"
import { sceneOf, wiringText } from "../../../../src/live/page/graph/scene.ts"
import { tally } from "../../../../src/live/page/graph/tally.ts"
import { fits, unwire, wireInto } from "../../../../src/live/page/graph/wiring.ts"
import { aStatus } from "../small-state.ts"
import { aLargeGraph, aNode, anInput, anOutput } from "./a-node.ts"

const byPath = <A extends { readonly path: string }>(list: readonly A[]) => Object.fromEntries(list.map((one) => [one.path, one]))

describe("groups", () => {
  test("are the prefixes that two paths share, with the node of that very path", () => {
    expect([...groupsOf(["text", "expert/ru", "expert/zh", "compose", "compose/posterior", "grow/1"])]).toEqual([
      ["compose", ["compose", "compose/posterior"]],
      ["expert", ["expert/ru", "expert/zh"]],
    ])
  })
  test("end at no / inside a cell's brackets", () => {
    expect(prefixesOf("a/b[file=x/y]/c")).toEqual(["a", "a/b[file=x/y]"])
  })
  test("stand for their members when closed, the outermost first", () => {
    expect(standIn("a/b/c", new Set(["a/b", "a"]))).toBe("a")
    expect(standIn("a/b/c", new Set(["a/b"]))).toBe("a/b")
    expect(standIn("x", new Set(["a"]))).toBe("x")
  })
  test("closed, have each link to the outside once and none inside", () => {
    const links = [{ from: "x", to: "a/1" }, { from: "x", to: "a/2" }, { from: "a/1", to: "a/2" }]
    expect(shownLinks(links, new Set(["a"]))).toEqual([{ from: "x", to: "a", of: 2 }])
  })
})

describe("the scene", () => {
  const nodes = byPath([
    aNode("text"),
    aNode("grow/1", { inputs: [anInput("tokens", ["text.out"])], outputs: [anOutput("curve", { view: "curve" }), anOutput("out")] }),
    aNode("grow/2", { inputs: [anInput("tokens", ["text.out"]), anInput("below", ["grow/1.out"])] }),
  ])
  const order = Object.keys(nodes)
  test("has a box for each node and a line for each edge, from left to right", () => {
    const { boxes, lines } = sceneOf(order, nodes, new Set())
    expect(boxes.map(({ path }) => path)).toEqual(order)
    expect(lines.map(({ id, says }) => [id, says])).toEqual([["text.out>grow/1.tokens", true], ["text.out>grow/2.tokens", false], ["grow/1.out>grow/2.below", true]])
    const x = new Map(boxes.map((box) => [box.path, box.x]))
    for (const { from, to } of lines) expect(x.get(from)).toBeLessThan(x.get(to) as number)
  })
  test("has taller boxes where something can be drawn, from the start", () => {
    const heights = new Map(sceneOf(order, nodes, new Set()).boxes.map((box) => [box.path, box.height]))
    expect(heights.get("grow/1")).toBeGreaterThan(heights.get("text") as number)
  })
  test("shows a closed group as one box, and its edges as one line", () => {
    const { boxes, lines } = sceneOf(order, nodes, new Set(["grow", "no such group"]))
    expect(boxes.map(({ _tag, path }) => [_tag, path])).toEqual([["node", "text"], ["group", "grow"]])
    expect(lines).toMatchObject([{ id: "text>>grow", from: "text", to: "grow", input: undefined }])
  })
  test("L10 follows from the wiring alone: a param is not in it, a wire is", () => {
    const wiring = wiringText(order, nodes)
    const turned = { ...nodes, text: { ...aNode("text"), params: [], salt: "7" } }
    expect(wiringText(order, turned)).toBe(wiring)
    expect(wiringText(order, { ...nodes, "grow/1": aNode("grow/1") })).not.toBe(wiring)
    expect(wiringText([...order].reverse(), nodes)).not.toBe(wiring)
  })
  test("leaves out an edge from a node that is not there", () => {
    expect(sceneOf(["b"], { b: aNode("b", { inputs: [anInput("in", ["gone.out"])] }) }, new Set()).lines).toEqual([])
  })
  test("of 300 nodes overlaps nowhere", () => {
    const large = aLargeGraph(300)
    const { boxes } = sceneOf(large.map(({ path }) => path), byPath(large), new Set())
    const overlapping = boxes.filter((a, i) => boxes.slice(i + 1).some((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height))
    expect(overlapping.map(({ path }) => path)).toEqual([])
    expect(boxes.length).toBe(300)
  })
  test("is the same for the same graph", () => {
    const sizes = new Map([["a", { width: 10, height: 10 }], ["b", { width: 10, height: 10 }]])
    expect(placeBoxes(sizes, [{ from: "a", to: "b" }])).toEqual(placeBoxes(sizes, [{ from: "a", to: "b" }]))
  })
})

test("arrow keys go to the nearest box that way, and nowhere at the border", () => {
  const box = (path: string, x: number, y: number) => ({ path, x, y, width: 100, height: 40 })
  const boxes = [box("left", 0, 0), box("middle", 200, 10), box("right", 400, 0), box("below", 210, 100), box("far", 400, 400)]
  expect(neighbour(boxes, "middle", "left")).toBe("left")
  expect(neighbour(boxes, "middle", "right")).toBe("right")
  expect(neighbour(boxes, "middle", "down")).toBe("below")
  expect(neighbour(boxes, "middle", "up")).toBeUndefined()
  expect(neighbour(boxes, "left", "left")).toBeUndefined()
})

test("a tally counts how nodes stand, and how far those that run are", () => {
  const statuses = {
    a: { ...aStatus, phase: "done" as const },
    b: { ...aStatus, phase: "running" as const, progress: { done: 50, total: 100, unit: "steps", note: null, leftMs: null } },
    c: { ...aStatus, phase: "failed" as const },
  }
  expect(tally(["a", "b", "c", "not there"], statuses)).toEqual({ phases: [["failed", 1], ["running", 1], ["done", 1]], part: 1.5 / 4 })
  expect(tally(["a"], statuses).part).toBeUndefined()
})

describe("wires", () => {
  const nodes = byPath([
    aNode("a", { outputs: [anOutput("out"), anOutput("model", { type: "model" }), anOutput("stream", { isStream: true, collects: "tokens", type: "token" })] }),
    aNode("b", { inputs: [anInput("one", ["a.out"]), anInput("many", ["a.out"], { arity: "many" })] }),
  ])
  const wire = (sourceHandle: string, targetHandle: string) => wireInto(nodes, { source: "a", sourceHandle, target: "b", targetHandle })
  test("fit by the name of the type; a stream where what it collects is expected", () => {
    expect(fits(anOutput("x"), anInput("y"))).toBe(true)
    expect(fits(anOutput("x", { type: "model" }), anInput("y"))).toBe(false)
    expect(fits(anOutput("x", { isStream: true, type: "token", collects: "tokens" }), anInput("y"))).toBe(true)
    expect(fits(anOutput("x", { isStream: true, type: "token" }), anInput("y", [], { isStream: true, type: "token" }))).toBe(true)
    expect(fits(anOutput("x"), anInput("y", [], { isStream: true }))).toBe(false)
  })
  test("take the place of the one there was, or are added where many may be", () => {
    expect(wire("stream", "one")).toEqual({ op: "rewire", node: "b", inputs: { one: ["a.stream"] } })
    expect(wire("stream", "many")).toEqual({ op: "rewire", node: "b", inputs: { many: ["a.out", "a.stream"] } })
    expect(wire("out", "many")).toBeUndefined()
    expect(wire("model", "one")).toBeUndefined()
  })
  test("are taken away by the name of the edge", () => {
    expect(unwire(nodes, "a.out>b.many")).toEqual({ op: "rewire", node: "b", inputs: { many: [] } })
    expect(unwire(nodes, "a.out>gone.many")).toBeUndefined()
    expect(unwire(nodes, "a>>b")).toBeUndefined()
  })
})
