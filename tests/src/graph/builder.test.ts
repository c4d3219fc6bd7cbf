import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import { describe, expect, it } from "vitest"
import { buildGraph, defineKind, graph, integer, jsonPort, knob, many, one, optional, parseOverride, real } from "#src"

const numbers = jsonPort("numbers", t.readonlyArray(t.number))
const words = jsonPort("words", t.readonlyArray(t.string))

const source = defineKind({
  id: "test/source",
  module: import.meta.url,
  title: "Counts",
  params: { length: integer({ min: 1, max: 9, default: 3, doc: "How many numbers" }) },
  inputs: {},
  outputs: { numbers, words },
  run: (_, { length }) => ({ numbers: Array.from({ length }, (_, i) => i), words: [] }),
})

const scale = defineKind({
  id: "test/scale",
  module: import.meta.url,
  title: "Scales",
  params: { by: real({ min: -10, max: 10, default: 1, doc: "Factor" }) },
  inputs: { numbers: one(numbers), extra: optional(numbers), all: many(numbers) },
  outputs: { numbers },
  run: ({ numbers: xs, extra, all }, { by }) => ({ numbers: [...xs, ...(extra ?? []), ...all.flat()].map((x) => x * by) }),
})

const file = graph("small", { params: { stages: integer({ min: 1, max: 4, default: 2, doc: "Stages" }) } }, (g, { stages }) => {
  let last = g.add("source", source, { length: knob(4, { min: 1, max: 6 }) }).numbers
  for (let stage = 1; stage <= stages; stage++) last = g.add(`stage/${stage}`, scale, { by: stage }, { numbers: last, all: [last] }).numbers
})

const build = (...sets: string[]) =>
  buildGraph(
    file,
    sets.map((text) => {
      const parsed = parseOverride(text)
      if (E.isLeft(parsed)) throw new Error(parsed.left)
      return parsed.right
    }),
  )

describe("buildGraph", () => {
  it("[G2, G3] fills defaults, keeps knobs and orders nodes", () => {
    const built = build()
    if (E.isLeft(built)) throw new Error(JSON.stringify(built.left))
    expect([...built.right.nodes.keys()]).toEqual(["source", "stage/1", "stage/2"])
    expect(built.right.nodes.get("source")).toMatchObject({ params: { length: 4 }, knobs: { length: { min: 1, max: 6 } } })
    expect(built.right.nodes.get("stage/2")?.inputs).toMatchObject({ numbers: [{ node: "stage/1", port: "numbers" }] })
  })

  it("[G3] applies overrides to node params, groups of nodes and graph params", () => {
    const built = build("stages=3", "stage/*.by=7", "stage/2.by=5", "source.length=2")
    if (E.isLeft(built)) throw new Error(JSON.stringify(built.left))
    expect([...built.right.nodes.values()].map((node) => Object.values(node.params)[0])).toEqual([2, 7, 5, 7])
    const starred = build("*.by=3")
    if (E.isLeft(starred)) throw new Error(JSON.stringify(starred.left))
    expect([...starred.right.nodes.values()].map((node) => Object.values(node.params)[0])).toEqual([4, 3, 3])
    expect(build("stage/*.length=3")).toMatchObject(E.left([{ _tag: "BadOverride", target: "stage/*.length" }]))
  })

  it("[G4] names node, param, what was expected and what came", () => {
    expect(build("source.length=12", "stage/1.bye=2", "sorce.length=1")).toMatchObject(
      E.left([
        { _tag: "BadParam", node: "source", param: "length", expected: "a whole number from 1 to 9", got: "12" },
        { _tag: "BadParam", node: "stage/1", param: "bye", expected: "one of the params by (did you mean by?)" },
        { _tag: "BadOverride", target: "sorce.length", expected: expect.stringContaining("did you mean source?") },
      ]),
    )
    expect(build("stages=9")).toMatchObject(E.left([{ _tag: "BadGraphParam", param: "stages", got: "9" }]))
  })

  it("[G4] refuses wires that types could not see", () => {
    const wrong = graph("wrong", (g) => {
      const from = g.add("from", source, {})
      // @ts-expect-error -- words do not fit numbers
      g.add("a", scale, {}, { numbers: from.words, all: [from.numbers] })
      // @ts-expect-error -- a needed input is missing
      g.add("b", scale, {}, { all: [from.numbers] })
      // @ts-expect-error -- a misspelt param
      g.add("c", scale, { bye: 2 }, { numbers: from.numbers, all: [from.numbers] })
      // @ts-expect-error -- many takes a list
      g.add("d", scale, {}, { numbers: from.numbers, all: from.numbers })
    })
    expect(buildGraph(wrong)).toMatchObject(
      E.left([
        { _tag: "BadParam", node: "c", param: "bye" },
        { _tag: "BadEdge", node: "a", port: "numbers", expected: "an output of type numbers", got: "from.words of type words" },
        { _tag: "MissingInput", node: "b", port: "numbers" },
      ]),
    )
  })

  it("[G4] names the nodes on a cycle, in the direction of the edges", () => {
    const cyclic = graph("cyclic", (g) => {
      const from = g.add("from", source, {})
      const later = { node: "b", port: "numbers", type: numbers }
      const a = g.add("a", scale, {}, { numbers: later, all: [from.numbers] })
      g.add("b", scale, {}, { numbers: a.numbers, all: [from.numbers] })
    })
    expect(buildGraph(cyclic)).toEqual(E.left([{ _tag: "Cycle", nodes: ["b", "a"] }]))
  })

  it("[G4] reports what a graph file throws, with the place", () => {
    const broken = graph("broken", () => {
      throw new Error("no such language: xx")
    })
    expect(buildGraph(broken)).toMatchObject(E.left([{ _tag: "BuildFailed", message: "no such language: xx", at: expect.stringContaining("builder.test.ts") }]))
  })
})
