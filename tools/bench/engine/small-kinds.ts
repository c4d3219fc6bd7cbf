/** Nodes as small as can be, and graphs of very many of them. */
import * as t from "io-ts"
import { defineKind, type Kind } from "../../../src/engine/kind.ts"
import type { Graph, Node } from "../../../src/graph/graph.ts"
import { tableOf } from "../../../src/graph/node-table.ts"
import { many, type Signature } from "../../../src/graph/signature.ts"
import { integer } from "../../../src/schema/param.ts"
import { jsonPort } from "../../../src/schema/port.ts"

export const number = jsonPort("number", t.number)
const params = { add: integer({ min: 0, max: 1_000_000_000, default: 0, doc: "Added to the sum" }) }

export const smallRoot = defineKind({
  id: "bench/root",
  module: import.meta.url,
  title: "Root",
  params,
  inputs: {},
  outputs: { out: number },
  cores: 0,
  run: (_, { add }) => ({ out: add }),
})

export const smallSum = defineKind({
  id: "bench/sum",
  module: import.meta.url,
  title: "Sum",
  params,
  inputs: { from: many(number) },
  outputs: { out: number },
  cores: 0,
  run: ({ from }, { add }) => ({ out: from.reduce((a, b) => (a + b) % 1_000_003, add) }),
})

export const nodeOf = (path: string, kind: Kind, add: number, from: readonly string[]): Node => ({
  path,
  kind: kind as Signature,
  params: { add },
  inputs: from.length === 0 ? {} : { from: from.map((node) => ({ node, port: "out" })) },
  knobs: {},
  salt: "",
})

const plain = (kind: unknown): Kind => kind as Kind

/** Rows of a hundred nodes, each reading from two of the row above; all their params differ. */
export const meshOf = (size: number): Graph => ({
  name: "mesh",
  params: {},
  nodes: tableOf(Array.from({ length: size }, (_, i) => (i < 100 ? nodeOf(`n${i}`, plain(smallRoot), i, []) : nodeOf(`n${i}`, plain(smallSum), i, [`n${i - 100}`, `n${i % 100 === 0 ? i - 1 : i - 101}`])))),
})

export const chainOf = (length: number): Graph => ({
  name: "chain",
  params: {},
  nodes: tableOf(Array.from({ length }, (_, i) => (i === 0 ? nodeOf("n0", plain(smallRoot), 0, []) : nodeOf(`n${i}`, plain(smallSum), i, [`n${i - 1}`])))),
})
