/**
 * The model that engine tests are checked against: graphs of functions of small range (so that equal outputs are common),
 * edits on them, what every node gives from scratch, and what its key depends on.
 */
import fc from "fast-check"
import type { Graph, Kind } from "#src"
import { arithmetic, graphOf, type Row } from "./small-graph.ts"

/** What a node is: everything about it that an edit may change. */
export interface Cell {
  readonly op: Op
  readonly add: number
  /** Sources, as offsets into the earlier cells. */
  readonly from: readonly number[]
}

export type Op = 0 | 1 | 2

export interface World {
  readonly cells: readonly (Cell | undefined)[]
  /** Of the code of each op. */
  readonly versions: readonly [number, number, number]
}

export type Edit =
  | { readonly type: "set"; readonly at: number; readonly cell: Cell }
  | { readonly type: "delete"; readonly at: number }
  | { readonly type: "bump"; readonly op: Op }

export type Value = number | "failed" | "blocked"

const functions = [
  (x: number, version: number) => (((x + version) % 4) + 4) % 4,
  (x: number, version: number) => Math.max(0, Math.min(2, x - (version % 2))),
  (x: number, version: number) => {
    if ((((x + version) % 5) + 5) % 5 === 4) throw new Error("failing")
    return x % 2
  },
] as const

const kinds = new Map<string, Kind>()
/** One value for each kind and version. Nodes that read nothing have kinds without inputs. */
const kindOf = (op: Op, version: number, isRoot: boolean): Kind => {
  const id = isRoot ? `test/root${op}` : `test/op${op}`
  const found = kinds.get(`${id}@${version}`) ?? arithmetic(id, version, functions[op], isRoot ? { inputs: {} } : {})
  kinds.set(`${id}@${version}`, found)
  return found
}

export const pathOf = (at: number): string => `n${at}`

export const sourcesOf = ({ cells }: World, at: number): readonly number[] => {
  const earlier = [...cells.keys()].filter((i) => i < at && cells[i] !== undefined)
  return earlier.length === 0 ? [] : (cells[at]?.from ?? []).map((offset) => earlier[offset % earlier.length]!)
}

const placesOf = ({ cells }: World): readonly number[] => [...cells.keys()].filter((at) => cells[at] !== undefined)

/** The world as a graph; `name` gives nodes other paths, `order` another order of rows (it must still be one of dependency). */
export const graphOfWorld = (world: World, name: (at: number) => string = pathOf, order: readonly number[] = placesOf(world)): Graph => {
  const rows: Record<string, Row> = {}
  for (const at of order) {
    const { op, add } = world.cells[at]!
    const from = sourcesOf(world, at).map(name)
    rows[name(at)] = { kind: kindOf(op, world.versions[op], from.length === 0), add, from }
  }
  return graphOf(rows)
}

/** From scratch, by place. */
export const valuesOf = (world: World): ReadonlyMap<number, Value> => {
  const values = new Map<number, Value>()
  for (const at of placesOf(world)) {
    const { op, add } = world.cells[at]!
    const inputs = sourcesOf(world, at).map((source) => values.get(source)!)
    if (inputs.some((value) => typeof value !== "number")) {
      values.set(at, "blocked")
      continue
    }
    try {
      values.set(at, functions[op]((inputs as number[]).reduce((a, b) => a + b, add), world.versions[op]))
    } catch {
      values.set(at, "failed")
    }
  }
  return values
}

/** Everything a node's result depends on, by place, for those whose inputs there are: equal texts must mean equal keys. */
export const dependenciesOf = (world: World): ReadonlyMap<number, string> => {
  const values = valuesOf(world)
  const texts = new Map<number, string>()
  for (const [at, value] of values) {
    if (value === "blocked") continue
    const { op, add } = world.cells[at]!
    texts.set(at, JSON.stringify([op, world.versions[op], add, sourcesOf(world, at).map((source) => values.get(source))]))
  }
  return texts
}

/** The places that `targets` read from, and the targets. */
export const neededBy = (world: World, targets: readonly number[]): ReadonlySet<number> => {
  const needed = new Set(targets)
  for (const at of needed) for (const source of sourcesOf(world, at)) needed.add(source)
  return needed
}

export const edited = (world: World, edit: Edit): World => {
  const place = (cell: Cell | undefined, at: number): World => ({ ...world, cells: world.cells.map((old, i) => (i === at ? cell : old)) })
  if (edit.type === "set") return place(edit.cell, edit.at)
  if (edit.type === "delete") return place(undefined, edit.at)
  return { ...world, versions: world.versions.map((v, i) => (i === edit.op ? v + 1 : v)) as unknown as World["versions"] }
}

const size = 8
const op = fc.constantFrom<Op>(0, 1, 2)
const at = fc.nat(size - 1)
const cell: fc.Arbitrary<Cell> = fc.record({ op, add: fc.integer({ min: 0, max: 3 }), from: fc.array(fc.nat(size - 1), { maxLength: 3 }) })

export const anyWorld: fc.Arbitrary<World> = fc.record({ cells: fc.array(cell, { minLength: size, maxLength: size }), versions: fc.constant([0, 0, 0] as const) })

export const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("set" as const), at, cell }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("delete" as const), at }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("bump" as const), op }) },
)
