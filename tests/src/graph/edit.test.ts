/** Edits against plain maps: what they give, that they can be undone, and how much they look at. SPEC G4, G6. */
import * as E from "fp-ts/lib/Either.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { describeIssue, edit, type Edit, type Graph, type Node } from "#src"
import { differencesOf } from "../../../src/base/trie.ts"
import { withControls, type ControlChange } from "../../../src/graph/controls.ts"
import { asTable } from "../../../src/graph/node-table.ts"
import { validate } from "../../../src/graph/validate.ts"
import { optionalSum, sum, words } from "../engine/small-graph.ts"

const nodeOf = (path: string, from: readonly string[], add = 0): Node => ({
  path,
  kind: optionalSum,
  params: { add },
  inputs: Object.fromEntries(from.slice(0, 3).map((node, i) => [`in${i}`, [{ node, port: "out" }]])),
  knobs: {},
  salt: "",
})

const graphOf = (nodes: readonly Node[]): Graph => {
  const graph = validate({ name: "g", params: {}, nodes: new Map(nodes.map((node) => [node.path, node])) })
  if (E.isLeft(graph)) throw new Error(graph.left.map(describeIssue).join("; "))
  return graph.right
}

const given = (result: ReturnType<typeof edit>): Exclude<typeof result, E.Left<unknown>>["right"] => {
  if (E.isLeft(result)) throw new Error(result.left.map(describeIssue).join("; "))
  return result.right
}
const wrong = (result: ReturnType<typeof edit>): readonly string[] => (E.isLeft(result) ? result.left.map(describeIssue) : [])

const inOrder = (graph: Graph): boolean => {
  const seen = new Set<string>()
  return [...graph.nodes.values()].every((node) => {
    seen.add(node.path)
    return Object.values(node.inputs).every((refs) => refs.every((ref) => seen.has(ref.node)))
  })
}

const path = fc.integer({ min: 0, max: 9 }).map((i) => `n${i}`)
const inputs = fc.record({ in0: fc.array(path, { maxLength: 1 }), in1: fc.array(path, { maxLength: 1 }) }).map((ports): Node["inputs"] =>
  Object.fromEntries(Object.entries(ports).map(([port, paths]) => [port, paths.map((node) => ({ node, port: "out" }))])))
const oneEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ op: fc.constant("add" as const), node: fc.tuple(path, fc.array(path, { maxLength: 2 })).map(([at, from]) => nodeOf(at, from)) }),
  fc.record({ op: fc.constant("remove" as const), path }),
  fc.record({ op: fc.constant("set" as const), path, params: fc.record({ add: fc.integer({ min: 0, max: 3 }) }) }),
  fc.record({ op: fc.constant("rewire" as const), path, inputs }),
  fc.record({ op: fc.constant("control" as const), path, controls: fc.constantFrom<ControlChange>({ disabled: true }, { disabled: undefined }, { gate: "closed" }) }),
  fc.record({ op: fc.constant("replace" as const), node: fc.tuple(path, fc.integer({ min: 0, max: 3 })).map(([at, add]) => nodeOf(at, [], add)) }),
)

/** The same edits on a plain map, checked as a whole. */
const modelOf = (graph: Graph, edits: readonly Edit[]): ReadonlyMap<string, Node> | undefined => {
  const nodes = new Map(graph.nodes)
  for (const one of edits) {
    const at = "node" in one ? one.node.path : one.path
    const old = nodes.get(at)
    if ((one.op === "add") !== (old === undefined)) return undefined
    if (one.op === "add" || one.op === "replace") nodes.set(at, one.node)
    else if (one.op === "remove") nodes.delete(at)
    else if (one.op === "set") nodes.set(at, { ...old!, params: { ...old!.params, ...one.params } })
    else if (one.op === "control") nodes.set(at, withControls(old!, one.controls))
    else nodes.set(at, { ...old!, inputs: Object.fromEntries(Object.entries({ ...old!.inputs, ...one.inputs }).filter(([, refs]) => refs.length > 0)) })
  }
  const checked = validate({ ...graph, nodes })
  return E.isRight(checked) ? new Map(checked.right.nodes) : undefined
}

const byPath = (nodes: ReadonlyMap<string, Node>): readonly Node[] => [...nodes.values()].sort((a, b) => (a.path < b.path ? -1 : 1))

describe("edit", () => {
  it("G6: any edits give what a check of the whole graph gives, in dependency order, and their undo takes it back", () => {
    const start = graphOf([nodeOf("n0", []), nodeOf("n1", ["n0"]), nodeOf("n2", ["n0", "n1"]), nodeOf("n3", []), nodeOf("n4", ["n3"]), nodeOf("n5", ["n4", "n2"])])
    fc.assert(
      fc.property(fc.array(fc.array(oneEdit, { minLength: 1, maxLength: 3 }), { maxLength: 12 }), (batches) => {
        let graph = start
        for (const edits of batches) {
          const model = modelOf(graph, edits)
          const result = edit(graph, edits)
          expect(E.isRight(result), JSON.stringify(wrong(result))).toBe(model !== undefined)
          if (E.isLeft(result) || model === undefined) continue
          expect(byPath(result.right.graph.nodes)).toEqual(byPath(model))
          expect(inOrder(result.right.graph)).toBe(true)
          expect(byPath(given(edit(result.right.graph, result.right.undo)).graph.nodes)).toEqual(byPath(graph.nodes))
          graph = result.right.graph
        }
      }),
      { numRuns: 500 },
    )
  })

  it("G6: edits that change nothing give the same graph back", () => {
    const graph = graphOf([nodeOf("a", []), nodeOf("b", ["a"])])
    const nothing: readonly Edit[] = [
      { op: "set", path: "a", params: { add: 0 } },
      { op: "rewire", path: "b", inputs: { in0: [{ node: "a", port: "out" }], in1: [] } },
      { op: "control", path: "a", controls: { disabled: undefined } },
    ]
    expect(given(edit(graph, nothing))).toEqual({ graph, undo: [] })
    expect(given(edit(graph, nothing)).graph).toBe(graph)
    expect(given(edit(graph, [{ op: "remove", path: "b" }, { op: "add", node: graph.nodes.get("b")! }])).graph).toBe(graph)
  })

  it("G6: an edit shares all but what it touches, at any size", () => {
    for (const size of [10, 1_000, 30_000]) {
      const graph = graphOf(Array.from({ length: size }, (_, i) => nodeOf(`n${i}`, i === 0 ? [] : [`n${i - 1}`])))
      const last = `n${size - 1}`
      const edited = given(edit(graph, [{ op: "set", path: last, params: { add: 2 } }])).graph
      const rewired = given(edit(edited, [{ op: "rewire", path: last, inputs: { in0: [{ node: "n0", port: "out" }] } }])).graph
      const keys = (a: Graph, b: Graph): readonly string[] => differencesOf(asTable(a.nodes).placed, asTable(b.nodes).placed).map(({ key }) => key).sort()
      expect(keys(graph, edited)).toEqual([last])
      // Those whose readers are counted anew.
      expect(keys(edited, rewired)).toEqual([last, "n0", `n${size - 2}`].sort())
    }
  })

  it("G4: says everything that is wrong, and names the readers of what is gone", () => {
    const graph = graphOf([nodeOf("a", []), nodeOf("b", ["a"]), nodeOf("c", ["b"])])
    expect(wrong(edit(graph, [{ op: "remove", path: "a" }, { op: "set", path: "c", params: { add: 5000 } }, { op: "set", path: "d", params: {} }]))).toEqual([
      "node c, param add: expected a whole number from -1000 to 1000, got 5000",
      "node d: there is no such node to edit",
      "node b, port in0: expected an output of type number, got a.out, and there is no node a",
    ])
    expect(wrong(edit(graph, [{ op: "add", node: nodeOf("a", []) }]))).toEqual(["node a: expected every path once, got two nodes of this name"])
    expect(wrong(edit(graph, [{ op: "rewire", path: "a", inputs: { in0: [{ node: "c", port: "out" }] } }]))).toEqual(["nodes a -> b -> c -> a: a cycle; expected a graph without cycles"])
    expect(wrong(edit(graph, [{ op: "rewire", path: "a", inputs: { in0: [{ node: "a", port: "out" }] } }]))).toEqual(["nodes a -> a: a cycle; expected a graph without cycles"])
    expect(wrong(edit(graph, [{ op: "replace", node: { ...nodeOf("a", []), kind: words, params: {} } }]))).toEqual(["node b, port in0: expected an output of type number, got a.out of type words"])
    expect(wrong(edit(graph, [{ op: "rewire", path: "b", inputs: { in0: [] } }]))).toEqual([])
    expect(wrong(edit(graphOf([{ ...nodeOf("x", []), kind: sum, inputs: {} }].slice(1)), [{ op: "add", node: { ...nodeOf("x", []), kind: sum, inputs: {} } }]))).toEqual([
      "node x, port from: expected an output of type number, got nothing",
    ])
  })

  it("G6: order is kept however often nodes are moved to the same place", () => {
    let graph = graphOf([nodeOf("first", []), nodeOf("hub", ["first"]), ...Array.from({ length: 200 }, (_, i) => nodeOf(`n${i}`, ["first"]))])
    for (let i = 0; i < 200; i++) {
      const before = i === 0 ? [] : [`n${i - 1}`]
      graph = given(edit(graph, [{ op: "rewire", path: i === 0 ? "hub" : before[0]!, inputs: { in1: [{ node: `n${i}`, port: "out" }] } }])).graph
      expect(inOrder(graph)).toBe(true)
    }
    expect(wrong(edit(graph, [{ op: "rewire", path: "n199", inputs: { in1: [{ node: "hub", port: "out" }] } }]))).toHaveLength(1)
  })
})
