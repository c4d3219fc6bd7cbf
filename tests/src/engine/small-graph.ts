/** Graphs of numbers for engine tests: made by hand from a table, with kinds whose runs are counted. */
import * as t from "io-ts"
import { defineKind, integer, jsonPort, keyOf, many, NodeFailure, optional, type Controls, type Graph, type Kind, type KeyParts, type Node } from "#src"
import type { Signature } from "../../../src/graph/signature.ts"

export const number = jsonPort("number", t.number)

/** A kind that adds its inputs and its param `add`, through `f`. Versions of one id are versions of its code. */
export const arithmetic = (id: string, version: number, f: (sum: number, version: number) => number, extra: Partial<Kind> = {}): Kind =>
  defineKind({
    id,
    module: import.meta.url,
    title: `${id}@${version}`,
    params: { add: integer({ min: -1000, max: 1000, default: 0, doc: "Added to the sum" }) },
    inputs: { from: many(number) },
    outputs: { out: number },
    cores: 1,
    run: ({ from = [] }: { readonly from?: readonly number[] }, { add }) => ({ out: f(from.reduce((a, b) => a + b, add), version) }),
    ...(extra as object),
  }) as unknown as Kind

export const sum = arithmetic("test/sum", 1, (x) => x)
export const third = arithmetic("test/third", 1, (x) => Math.floor(x / 3))
export const fragile = arithmetic("test/fragile", 1, (x) => {
  if (x % 2 === 1) throw new NodeFailure(`${x} is odd`, { param: "add" })
  return x
})

/** A sum of up to three numbers, on ports of their own. */
export const optionalSum = defineKind({
  id: "test/optional-sum",
  module: import.meta.url,
  title: "1",
  params: { add: integer({ min: -1000, max: 1000, default: 0, doc: "Added to the sum" }) },
  inputs: { in0: optional(number), in1: optional(number), in2: optional(number) },
  outputs: { out: number },
  cores: 0,
  run: ({ in0 = 0, in1 = 0, in2 = 0 }, { add }) => ({ out: in0 + in1 + in2 + add }),
}) as unknown as Kind

export const words = defineKind({
  id: "test/words",
  module: import.meta.url,
  title: "1",
  params: {},
  inputs: {},
  outputs: { out: jsonPort("words", t.readonlyArray(t.string)) },
  run: () => ({ out: ["a", "b"] }),
}) as unknown as Kind

export interface Row {
  readonly kind: Kind
  readonly add?: number
  readonly from?: readonly string[]
  readonly params?: Node["params"]
  readonly salt?: string
  readonly controls?: Controls
}

/** A graph from rows in dependency order; edges are of port `out` into port `from`. */
export const graphOf = (rows: { readonly [path: string]: Row }, name = "small"): Graph => ({
  name,
  params: {},
  nodes: new Map(
    Object.entries(rows).map(([path, { kind, add = 0, from = [], params, salt = "", controls }]): [string, Node] => [
      path,
      {
        path,
        kind: kind as Signature,
        params: params ?? { add },
        inputs: "from" in kind.inputs ? { from: from.map((node) => ({ node, port: "out" })) } : {},
        knobs: {},
        salt,
        ...(controls === undefined ? {} : { controls }),
      },
    ]),
  ),
})

/** A chain `n0 -> n1 -> …` of one kind. */
export const chainOf = (kind: Kind, length: number, add = 1): Graph =>
  graphOf(Object.fromEntries(Array.from({ length }, (_, i) => [`n${i}`, { kind, add, from: i === 0 ? [] : [`n${i - 1}`] }])))

export const keyOfParts = (parts: Partial<KeyParts>) =>
  keyOf({ kind: "k", code: "c", params: {}, seed: null, device: null, files: [], inputs: {}, ...parts })
