/** The JSON form of a graph: there and back nothing is lost, and what does not fit the kinds is named. */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import { describe, expect, it } from "vitest"
import { buildGraph, canonical, defineKind, graph, graphFromJson, graphToJson, integer, jsonPort, knob, many, one, optional, real, type Graph, type Json } from "#src"
import { keyOf, keyParts } from "../../../src/graph/key.ts"

const numbers = jsonPort("numbers", t.readonlyArray(t.number))

const count = defineKind({
  id: "test/count",
  module: import.meta.url,
  title: "Counts",
  params: { length: integer({ min: 1, max: 9, default: 3, doc: "How many" }) },
  inputs: {},
  outputs: { numbers },
  seeded: true,
  run: () => ({ numbers: [] }),
})

const add = defineKind({
  id: "test/add",
  module: import.meta.url,
  title: "Adds",
  params: { bias: real({ min: -1, max: 1, default: 0, doc: "Added" }) },
  inputs: { first: one(numbers), second: optional(numbers), rest: many(numbers) },
  outputs: { numbers },
  run: () => ({ numbers: [] }),
})

const kinds = [count, add]
/** Of every node, with all that lies outside the graph held still. */
const keysOf = (of: Graph) => [...of.nodes.values()].map((node) => keyOf(keyParts(node, { code: "1", seed: "0", deviceFamily: "", files: [], inputs: {} })))

const built = buildGraph(
  graph("sums", { params: { terms: integer({ min: 1, max: 5, default: 2, doc: "Terms" }) } }, (g, { terms }) => {
    const sources = Array.from({ length: terms }, (_, i) => g.add(`from/${i}`, count, { length: knob(i + 1, { min: 1, max: 4 }) }, {}, { salt: `s${i}` }).numbers)
    const [first] = sources
    if (first !== undefined) g.add("sum", add, { bias: 0.5 }, { first, rest: sources })
  }),
)
if (E.isLeft(built)) throw new Error("the graph of this test is wrong")
const json = graphToJson(built.right)

/** The JSON form with one member of its last node replaced. */
const withLast = (change: Record<string, Json>) => {
  const whole = JSON.parse(canonical(json)) as { nodes: Record<string, Json>[] }
  whole.nodes.push({ ...(whole.nodes.pop() as Record<string, Json>), ...change })
  return whole
}

describe("the JSON form of a graph", () => {
  it("[G5] lists nodes in order with complete params, edges as path.port, and knobs and salts where there are any", () => {
    expect(json).toEqual({
      name: "sums",
      params: { terms: 2 },
      nodes: [
        { path: "from/0", kind: "test/count", params: { length: 1 }, inputs: {}, knobs: { length: { min: 1, max: 4 } }, salt: "s0" },
        { path: "from/1", kind: "test/count", params: { length: 2 }, inputs: {}, knobs: { length: { min: 1, max: 4 } }, salt: "s1" },
        { path: "sum", kind: "test/add", params: { bias: 0.5 }, inputs: { first: ["from/0.numbers"], rest: ["from/0.numbers", "from/1.numbers"] } },
      ],
    })
  })

  it("[G5] comes back as the same graph", () => {
    const back = graphFromJson(JSON.parse(canonical(json)), kinds)
    if (E.isLeft(back)) throw new Error(JSON.stringify(back.left))
    expect(graphToJson(back.right)).toEqual(json)
    expect([...back.right.nodes.values()].map((node) => node.kind)).toEqual([count, count, add])
    expect(keysOf(back.right)).toEqual(keysOf(built.right))
    expect(new Set(keysOf(built.right)).size).toBe(3)
  })

  it("[G5] names kinds, params, wires and texts that do not fit", () => {
    expect(graphFromJson(withLast({ kind: "test/ad" }), kinds)).toMatchObject(E.left([{ _tag: "UnknownKind", node: "sum", expected: "a known kind (did you mean test/add?)" }]))
    expect(graphFromJson(withLast({ params: { bias: 3 } }), kinds)).toMatchObject(E.left([{ _tag: "BadParam", node: "sum", param: "bias", got: "3" }]))
    expect(graphFromJson(withLast({ inputs: { first: ["from/7.numbers"], rest: ["from/0"] } }), kinds)).toMatchObject(
      E.left([{ _tag: "BadEdge", port: "first" }, { _tag: "BadEdge", port: "rest" }]),
    )
    expect(graphFromJson(withLast({ path: "from/1" }), kinds)).toMatchObject(E.left([{ _tag: "DuplicatePath", node: "from/1" }]))
    expect(graphFromJson({ name: 1, params: {}, nodes: [] }, kinds)).toMatchObject(E.left([{ _tag: "BadJson", message: "name: expected string, got 1" }]))
    expect(graphFromJson(withLast({ inputs: { first: ["sum.numbers"], rest: ["sum.numbers"] } }), kinds)).toEqual(E.left([{ _tag: "Cycle", nodes: ["sum"] }]))
  })
})
