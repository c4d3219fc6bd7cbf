/** The cost contract, on counters, over sizes of the graph: what an edit does not name costs nothing. SPEC P9, K4. */
import * as E from "fp-ts/lib/Either.js"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { describeIssue, edit, integer, type Counters, type Edit, type Graph, type Kind } from "#src"
import { tableOf } from "../../../src/graph/node-table.ts"
import { testEngine } from "./test-engine.ts"
import { arithmetic, graphOf, type Row } from "./small-graph.ts"

const small = arithmetic("test/small", 1, (x) => x % 7, { cores: 0 })
const root = arithmetic("test/root", 1, (x) => x, { cores: 0, inputs: {}, run: (_: unknown, { add }: { readonly add: number }) => ({ out: add }) } as Partial<Kind>)
const cut = arithmetic("test/cut", 1, () => 1, { cores: 0 })

/** Five nodes a row, each reading from two of the row above. */
const mesh = (size: number): Graph => {
  const rows: Record<string, Row> = {}
  for (let i = 0; i < size; i++) rows[`n${i}`] = { kind: i < 5 ? root : small, add: i % 5, from: i < 5 ? [] : [`n${i - 5}`, `n${i % 5 === 0 ? i - 1 : i - 6}`] }
  return shared(graphOf(rows))
}
const shared = (graph: Graph): Graph => ({ ...graph, nodes: tableOf([...graph.nodes.values()]) })

const edited = (graph: Graph, ...edits: readonly Edit[]): Graph => {
  const result = edit(graph, edits)
  if (E.isLeft(result)) throw new Error(result.left.map(describeIssue).join("; "))
  return result.right.graph
}

const sizes = [10, 100, 1_000, 10_000, 100_000]

/** What `act` adds to the counters. */
const costOf = async ({ engine }: ReturnType<typeof testEngine>, act: () => unknown): Promise<Counters> => {
  const before = engine.counters()
  await act()
  const after = engine.counters()
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - before[name as keyof Counters]])) as unknown as Counters
}
const nothing: Counters = { compared: 0, marked: 0, visited: 0, keysHashed: 0, hits: 0, execs: 0, aborts: 0, streamed: 0, dropped: 0 }

describe("P9: the cost of edits, from 10 nodes to very many", () => {
  it.each(sizes)("of %i nodes", { timeout: 60_000 }, async (size) => {
    const test = testEngine()
    const { engine } = test
    const graph = mesh(size)
    const commit = (next: Graph) => async (): Promise<void> => {
      engine.commit(next)
      await engine.settle()
    }
    // Each node once: compared, marked, visited, hashed; and run, unless it is equal to another one.
    expect(await costOf(test, commit(graph))).toMatchObject({ compared: size, marked: size, visited: size, keysHashed: size, aborts: 0 })

    // No-op edits: the same graph, an edit that changes nothing, one that only moves a control.
    expect(await costOf(test, commit(graph))).toEqual(nothing)
    expect(await costOf(test, commit(edited(graph, { op: "set", path: "n3", params: { add: 3 } })))).toEqual(nothing)
    const knobs = edited(graph, { op: "replace", node: { ...graph.nodes.get("n3")!, knobs: { add: { min: 0 } } } })
    expect(await costOf(test, commit(knobs))).toEqual({ ...nothing, compared: 1 })
    expect(await costOf(test, () => engine.settle())).toEqual(nothing)

    // A leaf edit and its undoing.
    const leaf = `n${size - 1}`
    const leafEdit = edited(knobs, { op: "set", path: leaf, params: { add: 100 } })
    expect(await costOf(test, commit(leafEdit))).toEqual({ ...nothing, compared: 1, marked: 1, visited: 1, keysHashed: 1, execs: 1 })
    expect(await costOf(test, commit(knobs))).toEqual({ ...nothing, compared: 1, marked: 1, visited: 1, keysHashed: 1, hits: 1 })

    // Structure: a new node, new edges, and all of it taken back. Sources whose readers are counted anew are compared.
    const built = edited(knobs, { op: "add", node: { ...knobs.nodes.get(leaf)!, path: "new", params: { add: 50 } } }, { op: "rewire", path: "new", inputs: { from: [{ node: leaf, port: "out" }] } })
    expect(await costOf(test, commit(built))).toEqual({ ...nothing, compared: 2, marked: 1, visited: 1, keysHashed: 1, execs: 1 })
    expect(await costOf(test, commit(knobs))).toEqual({ ...nothing, compared: 2 })
    expect(engine.outcome(leaf)?.state).toBe("reused")
  })

  it("P3, P9: equal content before a long chain hashes the edited node and verifies the rest", async () => {
    const length = 10_000
    const rows: Record<string, Row> = { top: { kind: root }, stop: { kind: cut, from: ["top"] } }
    for (let i = 0; i < length; i++) rows[`n${i}`] = { kind: small, from: [i === 0 ? "stop" : `n${i - 1}`] }
    const test = testEngine()
    const graph = shared(graphOf(rows))
    test.engine.commit(graph)
    await test.engine.settle()
    const cost = await costOf(test, async () => {
      test.engine.commit(edited(graph, { op: "set", path: "top", params: { add: 1 } }))
      await test.engine.settle()
    })
    expect(cost).toEqual({ ...nothing, compared: 1, marked: length + 2, visited: length + 2, keysHashed: 2, execs: 2 })
  })
})

describe("K4: what lies outside the graph", () => {
  it.each([10, 1_000])("is looked at once for each kind and file, with %i nodes", async (size) => {
    const dir = mkdtempSync(join(tmpdir(), "cambium-cost-"))
    try {
      const looks: string[] = []
      const reading = arithmetic("test/reading", 1, (x) => x, { cores: 0, params: { add: integer({ min: 0, max: 9, default: 0, doc: "" }) }, files: ({ add }: { readonly add: number }) => [join(dir, `${add % 2}.txt`)] } as Partial<Kind>)
      const test = testEngine({ codeVersion: async (kind) => (looks.push(kind.id), "1") })
      const rows = Object.fromEntries(Array.from({ length: size }, (_, i): [string, Row] => [`n${i}`, { kind: i % 2 === 0 ? reading : small, add: i % 10 }]))
      const graph = shared(graphOf(rows))
      test.engine.commit(graph)
      await test.engine.settle()
      expect(looks.sort()).toEqual(["test/reading", "test/small"])
      expect(await costOf(test, async () => (test.engine.commit(graph), test.engine.settle()))).toEqual(nothing)
      expect(looks).toHaveLength(4)
      writeFileSync(join(dir, "0.txt"), "new")
      expect(await costOf(test, async () => (test.engine.commit(graph), test.engine.settle()))).toMatchObject({ compared: 0, marked: size / 2, visited: size / 2, keysHashed: size / 2 })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
