/** Results of cells, collected into a table. SPEC G8. */
import { describe, expect, it } from "vitest"
import { buildGraph, defineKind, graph, makeEngine, makeInlineTransport, memoryStore, metricPort, real, systemClock, type Table } from "#src"
import { tabulate } from "../../../nodes/metric/tabulate.ts"

const squares = defineKind({
  id: "test/squares",
  module: import.meta.url,
  title: "Squares",
  params: { x: real({ min: 0, max: 9, doc: "Squared" }) },
  inputs: {},
  outputs: { metric: metricPort },
  run: (_, { x }) => ({ metric: { title: "Square", unit: "", better: "lower" as const, values: { square: x * x } } }),
})

/** The table of a graph that maps over `rows`, and how many nodes ran; cells of `xs` are collected. */
const settled = async (rows: readonly { readonly x: number; readonly note: string }[]) => {
  const file = graph("cells", (g) => {
    const metrics = g.map("cell", rows, (g, { x }) => g.add("", squares, { x }, {}).metric)
    g.add("all", tabulate, { rows, title: "Squares" }, { metrics })
  })
  const built = buildGraph(file)
  if (built._tag === "Left") throw new Error(JSON.stringify(built.left))
  const store = memoryStore(systemClock)
  const transport = makeInlineTransport({ blobs: store.blobs, clock: systemClock })
  const engine = makeEngine({ store, transport, clock: systemClock, seed: 1, deviceFamily: async () => "none", codeVersion: async () => "1" })
  engine.commit(built.right)
  const summary = await engine.settle()
  const outcome = engine.outcome("all")
  if (outcome?.state !== "ran") throw new Error(JSON.stringify(outcome))
  const bytes = await store.blobs.get(outcome.outputs["table"]!.hash)
  const table = bytes._tag === "Right" ? (JSON.parse(new TextDecoder().decode(bytes.right)) as Table) : undefined
  await engine.close()
  return { ran: summary.ran, reused: summary.reused, table }
}

describe("a table of cells", () => {
  it("[G8] has a row for each cell: its params, then its metric; equal cells run once", async () => {
    const { ran, reused, table } = await settled([{ x: 2, note: "a" }, { x: 3, note: "b" }, { x: 2, note: "c" }])
    expect(table).toEqual({ title: "Squares", columns: ["x", "note", "square"], rows: [[2, "a", 4], [3, "b", 9], [2, "c", 4]] })
    expect([ran, reused]).toEqual([3, 1])
  })

  it("refuses rows that are not those of the metrics", () => {
    const metric = { title: "m", unit: "", better: "lower" as const, values: { a: 1 } }
    expect(() => tabulate.run({ metrics: [metric] }, { rows: [], title: "" }, undefined as never)).toThrow("expected one row for each of the 1 metrics, got 0 rows")
  })
})
