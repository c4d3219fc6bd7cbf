/** Sub-graphs: what is used as a node is the nodes it stands for. SPEC G7. */
import * as E from "fp-ts/lib/Either.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { buildGraph, graph, integer, many, one, real, subgraph, type Builder } from "#src"
import { built, join, keysOf, numbers, scale, source } from "./number-kinds.ts"

const twice = subgraph({ params: { by: real({ min: 0, max: 9, default: 2, doc: "Factor" }) }, inputs: { from: one(numbers) } }, (g, { by }, { from }) => {
  const first = g.add("first", scale, { by }, { numbers: from })
  return g.add("second", scale, { by }, { numbers: first.numbers })
})

const file = graph("used", (g) => {
  const { numbers } = g.add("source", source, { length: 4 })
  const a = g.use("a", twice, { by: 3 }, { from: numbers })
  g.use("b", twice, {}, { from: a.numbers })
})

/** A tree of uses: leaves scale, inner ones put their parts in a row. */
type Tree = number | readonly Tree[]
const tree = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof({ depthSize: "small" }, fc.integer({ min: 1, max: 5 }), fc.array(tie("tree"), { minLength: 1, maxLength: 3 })),
})).tree

type Wire = ReturnType<typeof addTree>
const addTree = (g: Builder, of: Tree, from: { readonly node: string; readonly port: string; readonly type: typeof numbers }): { readonly node: string; readonly port: string; readonly type: typeof numbers } =>
  typeof of === "number" ? g.add("leaf", scale, { by: of }, { numbers: from }).numbers : of.reduce<Wire>((wire, part, i) => g.use(`${i}`, used(part), {}, { from: wire }), from)
const used = (of: Tree) => subgraph({ params: {}, inputs: { from: one(numbers) } }, (g, _, { from }) => addTree(g, of, from))

/** The same by hand, with whole paths. */
const addFlat = (g: Builder, path: string, of: Tree, from: Wire): Wire =>
  typeof of === "number" ? g.add(`${path}/leaf`, scale, { by: of }, { numbers: from }).numbers : of.reduce<Wire>((wire, part, i) => addFlat(g, `${path}/${i}`, part, wire), from)

describe("sub-graphs", () => {
  it("[G7] expand to nodes at path/inner, in place of the one used", () => {
    const graph = built(file)
    expect([...graph.nodes.keys()]).toEqual(["source", "a/first", "a/second", "b/first", "b/second"])
    expect(graph.nodes.get("b/first")?.inputs).toMatchObject({ numbers: [{ node: "a/second", port: "numbers" }] })
    expect([...graph.nodes.values()].map(({ params }) => Object.values(params)[0])).toEqual([4, 3, 3, 2, 2])
  })

  it("[G7] have the keys of the same nodes written by hand", () => {
    fc.assert(
      fc.property(tree, (of) => {
        const nested = built(graph("nested", (g) => void g.use("top", used(of), {}, { from: g.add("source", source, {}).numbers })))
        const flat = built(graph("flat", (g) => void addFlat(g, "top", of, g.add("source", source, {}).numbers)))
        expect([...keysOf(nested)]).toEqual([...keysOf(flat)])
      }),
      { numRuns: 200 },
    )
  })

  it("[G7] take overrides at their own path and at those of their nodes", () => {
    const set = buildGraph(file, [{ target: "a.by", value: 5 }, { target: "a/second.by", value: 7 }, { target: "b.by", value: 1 }])
    if (E.isLeft(set)) throw new Error(JSON.stringify(set.left))
    expect([...set.right.nodes.values()].map(({ params }) => Object.values(params)[0])).toEqual([4, 5, 7, 1, 1])
    expect(buildGraph(file, [{ target: "a.by", value: 11 }, { target: "a.buy", value: 1 }, { target: "c.by", value: 1 }])).toMatchObject(
      E.left([
        { _tag: "BadParam", node: "a", param: "buy" },
        { _tag: "BadParam", node: "a", param: "by", got: "11" },
        { _tag: "BadOverride", target: "c.by", expected: expect.stringContaining("a, a/first") },
      ]),
    )
  })

  it("[G11] overrides of what a node may become while it runs are refused, with the node whose params can be set", () => {
    const inside = buildGraph(file, [{ target: "source/0.length", value: 5 }])
    expect(inside).toMatchObject(E.left([{ _tag: "BadOverride", target: "source/0.length", expected: expect.stringContaining("nothing inside source is there before it runs: set a param of source itself") }]))
    const misspelt = buildGraph(file, [{ target: "a/frist.by", value: 5 }])
    expect(JSON.stringify(misspelt)).not.toContain("before it runs")
  })

  it("[G7] refuse two things at one path", () => {
    const twiceThere = graph("twice", (g) => {
      const { numbers } = g.add("a", source, {})
      g.use("a", twice, {}, { from: numbers })
    })
    expect(buildGraph(twiceThere)).toMatchObject(E.left([{ _tag: "DuplicatePath", node: "a" }]))
  })

  it("[G7] are checked by the compiler: wires, params and what comes out", () => {
    const all = subgraph({ params: { n: integer({ min: 0, max: 3, default: 0, doc: "N" }) }, inputs: { all: many(numbers) } }, (g, _, { all }) => g.add("join", join, {}, { all }))
    const wrong = graph("wrong", (g) => {
      const from = g.add("source", source, {})
      // @ts-expect-error -- words do not fit numbers
      g.use("a", twice, {}, { from: from.words })
      // @ts-expect-error -- the factor is a number
      g.use("b", twice, { by: "3" }, { from: from.numbers })
      // @ts-expect-error -- many takes a list
      g.use("c", all, {}, { all: from.numbers })
      const d = g.use("d", all, {}, { all: [from.numbers] })
      // @ts-expect-error -- there is no such output
      expect(d.words).toBeUndefined()
      // @ts-expect-error -- an input is missing
      expect(() => g.use("e", all, {})).toThrow()
    })
    expect(E.isLeft(buildGraph(wrong))).toBe(true)
  })
})
