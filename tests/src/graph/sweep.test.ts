/** Tables and sweeps: one keyed instance a cell, shared parts once. SPEC G8. */
import * as E from "fp-ts/lib/Either.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { buildGraph, cellPath, graph, graphFromJson, graphToJson, integer, parseOverride, parseSweep, real, splitCell, subgraph, one, sweepCells, sweepGraph, type Graph, type GraphFile, type Sweep } from "#src"
import { built, join, keysOf, numbers, right, scale, source } from "./number-kinds.ts"

const chain = graph("chain", { params: { stages: integer({ min: 1, max: 4, default: 2, doc: "Stages" }) } }, (g, { stages }) => {
  const text = g.add("text", source, {}).numbers
  const data = g.add("data", scale, {}, { numbers: text }).numbers
  let last = g.add("train", scale, { by: 2 }, { numbers: data }).numbers
  for (let stage = 1; stage <= stages; stage++) last = g.add(`grow/${stage}`, scale, { by: stage }, { numbers: last }).numbers
  g.add("all", join, {}, { all: [data, last] })
})
const pathsOf = (file: GraphFile, ...sweeps: readonly Sweep[]) => [...right(sweepGraph(file, [], sweeps)).nodes.keys()]

describe("map", () => {
  const file = graph("mapped", (g) => {
    const { numbers } = g.add("source", source, {})
    const cells = g.map("train", [{ by: 1, note: "a/b" }, { by: 0.5, note: "c" }], (g, { by }) => {
      const shared = g.add("prepare", scale, { by: 3 }, { numbers })
      return g.add("", scale, { by }, { numbers: shared.numbers }).numbers
    })
    g.add("best", join, {}, { all: cells })
  })

  it("[G8] adds the nodes of a cell under the row, and gives back what each cell gave, for a list of edges", () => {
    const graph = built(file)
    const [first, second] = ["train[by=1,note=a%2Fb]", "train[by=0.5,note=c]"]
    expect([...graph.nodes.keys()]).toEqual(["source", `${first}/prepare`, first, `${second}/prepare`, second, "best"])
    expect(graph.nodes.get("best")?.inputs).toMatchObject({ all: [{ node: first }, { node: second }] })
  })

  it("[G8] shares by key what does not depend on the row", () => {
    const keys = keysOf(built(file))
    expect(new Set(keys.values()).size).toBe(keys.size - 1)
    expect(keys.get("train[by=1,note=a%2Fb]/prepare")).toBe(keys.get("train[by=0.5,note=c]/prepare"))
  })

  it("[G8] takes overrides of one cell, and comes back from JSON", () => {
    const set = parseOverride("train[by=0.5,note=c].by=4")
    if (E.isLeft(set)) throw new Error(set.left)
    const graph = right(buildGraph(file, [set.right]))
    expect(graph.nodes.get("train[by=0.5,note=c]")?.params).toEqual({ by: 4 })
    expect(graph.nodes.get("train[by=1,note=a%2Fb]")?.params).toEqual({ by: 1 })
    expect(graphToJson(right(graphFromJson(graphToJson(graph), [source, scale, join])))).toEqual(graphToJson(graph))
  })

  it("[G8] is checked by the compiler: rows have what they have", () => {
    const part = subgraph({ params: { by: real({ min: 0, max: 9, doc: "Factor" }) }, inputs: { from: one(numbers) } }, (g, { by }, { from }) => g.add("x", scale, { by }, { numbers: from }))
    const wrong = graph("wrong", (g) => {
      const from = g.add("source", source, {})
      // @ts-expect-error -- rows have no such param
      g.map("a", [{ by: 1 }], (g, row) => g.add("x", scale, { by: row.factor }, { numbers: from.numbers }))
      // @ts-expect-error -- a text is no factor
      g.map("b", [{ by: "much" }], (g, row) => g.use("x", part, row, { from: from.numbers }))
      g.map("c", [{ by: 1 }, { by: 2 }], (g, row) => g.use("x", part, row, { from: from.numbers }))
    })
    expect(buildGraph(wrong)).toMatchObject(E.left([{ _tag: "BadParam", node: "b[by=much]/x", param: "by" }]))
  })

  it("[G8] paths of cells tell rows apart and can be read back", () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.string({ unit: "grapheme" }))
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), value, { minKeys: 1, maxKeys: 3, noNullPrototype: true }), (row) => {
        const path = cellPath("a/b", row)
        const read = splitCell(path)
        expect(read.path).toBe("a/b")
        expect(Object.keys(read.cell)).toEqual(Object.keys(row))
        for (const [name, text] of Object.entries(row)) if (typeof text === "string") expect(read.cell[name]).toBe(text)
        expect(cellPath(cellPath("a", { x: 1 }), { y: 2 })).toBe("a[x=1,y=2]")
      }),
    )
  })
})

describe("sweepGraph", () => {
  it("[G8] copies what depends on the swept param and shares the rest", () => {
    expect(pathsOf(chain, { target: "train.by", values: [2, 0.5] })).toEqual([
      "text", "data", "train[by=2]", "grow/1[by=2]", "grow/2[by=2]", "all[by=2]", "train[by=0.5]", "grow/1[by=0.5]", "grow/2[by=0.5]", "all[by=0.5]",
    ])
  })

  it("[G8] names in a path only the params that its node depends on", () => {
    const paths = pathsOf(chain, { target: "data.by", values: [1, 2] }, { target: "grow/2.by", values: [1, 2] })
    expect(paths.filter((path) => path.startsWith("grow/1"))).toEqual(["grow/1[data.by=1]", "grow/1[data.by=2]"])
    expect(paths.filter((path) => path.startsWith("grow/2"))).toHaveLength(4)
    expect(paths).toContain("grow/2[data.by=1,grow%2F2.by=2]")
    expect(paths).toHaveLength(1 + 2 + 2 + 2 + 4 + 4)
  })

  it("[G8] shares stages that more than one cell has", () => {
    expect(pathsOf(chain, { target: "stages", values: [1, 3] })).toEqual(["text", "data", "train", "grow/1", "all[stages=1]", "grow/2", "grow/3", "all[stages=3]"])
  })

  it("[G8] is the graph of the file without a sweep, and of one cell with one value", () => {
    // Positions aside: the order of nodes that do not depend on each other is nobody's promise.
    const plain = (graph: Graph) => ({ ...graph, nodes: new Map(graph.nodes) })
    expect(plain(right(sweepGraph(chain, [], [])))).toEqual(plain(built(chain)))
    expect(plain(right(sweepGraph(chain, [], [{ target: "train.by", values: [5] }])))).toEqual(plain(right(buildGraph(chain, [{ target: "train.by", value: 5 }]))))
  })

  it("[G8] says everything that is wrong with targets and values", () => {
    const swept = (...sweeps: readonly Sweep[]) => sweepGraph(chain, [], sweeps)
    expect(swept({ target: "train.by", values: [] })).toMatchObject(E.left([{ _tag: "BadOverride", target: "train.by" }]))
    expect(swept({ target: "train.by", values: [1, 1] })).toMatchObject(E.left([{ _tag: "BadOverride", target: "train.by" }]))
    expect(swept({ target: "train.by", values: [1] }, { target: "train.by", values: [2] })).toMatchObject(E.left([{ _tag: "BadOverride", target: "train.by", expected: "every param swept once" }]))
    expect(swept({ target: "train.by", values: [1, 20, 30] })).toMatchObject(E.left([{ _tag: "BadParam", got: "20" }, { _tag: "BadParam", got: "30" }]))
    expect(swept({ target: "trian.by", values: [1, 2] })).toMatchObject(E.left([{ _tag: "BadOverride", target: "trian.by" }]))
  })

  it("[G8] reads values as JSON where they are, else as texts", () => {
    expect(parseSweep("train.by=1,0.5")).toEqual(E.right({ target: "train.by", values: [1, 0.5] }))
    expect(parseSweep("c.rule=mean,1,posterior")).toEqual(E.right({ target: "c.rule", values: ["mean", 1, "posterior"] }))
    expect(parseSweep('a[x=1].locales=["en","ru"],["en"]')).toEqual(E.right({ target: "a[x=1].locales", values: [["en", "ru"], ["en"]] }))
    expect(parseSweep("by")).toEqual(E.left('--sweep expects node.param=a,b,c, got "by"'))
  })

  it("[G8] gives every cell the keys of its own graph", () => {
    const shape = fc.array(fc.record({ from: fc.array(fc.nat(5), { maxLength: 2 }), by: fc.integer({ min: 0, max: 2 }), until: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 6 })
    const values = fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(shape, values, values, fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }), (nodes, a, b, sizes) => {
        // Nodes above `size` are not there; wires may come from any of those before.
        const file = graph("random", { params: { size: integer({ min: 1, max: 3, default: 3, doc: "Size" }) } }, (g, { size }) => {
          const made = [g.add("source", source, {}).numbers]
          nodes.forEach(({ from, by, until }, i) => {
            if (until > size) return
            const all = [made[0] as (typeof made)[number], ...from.map((offset) => made[offset % made.length] as (typeof made)[number])]
            made.push(g.add(`n${i}`, scale, { by }, { numbers: g.add(`j${i}`, join, {}, { all }).numbers }).numbers)
          })
        })
        const first = nodes.findIndex(({ until }) => until === 1)
        const sweeps: Sweep[] = [{ target: "source.length", values: a.map((x) => x + 1) }, { target: "size", values: sizes }]
        if (first >= 0) sweeps.push({ target: `n${first}.by`, values: b })
        const { graph: swept, cells } = right(sweepCells(file, [], sweeps))
        const keys = keysOf(swept)
        expect(cells).toHaveLength(sweeps.reduce((n, sweep) => n * sweep.values.length, 1))
        const reached = new Set<string>()
        let at = 0
        for (const x of sweeps[0]!.values) for (const y of sweeps[1]!.values) for (const z of sweeps[2]?.values ?? [undefined]) {
          const sets = [{ target: "source.length", value: x }, { target: "size", value: y }, ...(z === undefined ? [] : [{ target: `n${first}.by`, value: z }])]
          const { paths } = cells[at++]!
          for (const [path, key] of keysOf(right(buildGraph(file, sets)))) {
            reached.add(paths.get(path)!)
            expect(keys.get(paths.get(path)!)).toBe(key)
          }
        }
        expect(reached).toEqual(new Set(swept.nodes.keys()))
      }),
      { numRuns: 200 },
    )
  })
})
