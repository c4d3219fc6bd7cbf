/** Kinds of numbers for tests of graphs, and the keys that a graph has when contents are told apart by keys. */
import * as t from "io-ts"
import { buildGraph, defineKind, integer, jsonPort, keyOf, keyParts, many, one, optional, real, type Graph, type GraphFile, type GraphIssue, type Hash } from "#src"
import * as E from "fp-ts/lib/Either.js"

export const numbers = jsonPort("numbers", t.readonlyArray(t.number))
export const words = jsonPort("words", t.readonlyArray(t.string))

export const source = defineKind({
  id: "test/source",
  module: import.meta.url,
  title: "Counts",
  params: { length: integer({ min: 1, max: 9, default: 3, doc: "How many numbers" }) },
  inputs: {},
  outputs: { numbers, words },
  seeded: true,
  run: (_, { length }) => ({ numbers: Array.from({ length }, (_, i) => i), words: [] }),
})

export const scale = defineKind({
  id: "test/scale",
  module: import.meta.url,
  title: "Scales",
  params: { by: real({ min: -10, max: 10, default: 1, doc: "Factor" }) },
  inputs: { numbers: one(numbers), extra: optional(numbers) },
  outputs: { numbers },
  passes: { numbers: "numbers" },
  run: ({ numbers: xs }, { by }) => ({ numbers: xs.map((x) => x * by) }),
})

export const join = defineKind({
  id: "test/join",
  module: import.meta.url,
  title: "Joins",
  params: {},
  inputs: { all: many(numbers) },
  outputs: { numbers },
  run: ({ all }) => ({ numbers: all.flat() }),
})

export const right = <A>(either: E.Either<readonly GraphIssue[], A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}

export const built = (file: GraphFile): Graph => right(buildGraph(file))

/** Of every node by path, with its sources' keys in place of their contents. */
export const keysOf = (graph: Graph): ReadonlyMap<string, Hash> => {
  const keys = new Map<string, Hash>()
  for (const node of graph.nodes.values()) {
    const inputs = Object.fromEntries(Object.entries(node.inputs).map(([port, refs]) => [port, refs.map((ref) => keys.get(ref.node) as Hash)]))
    keys.set(node.path, keyOf(keyParts(node, { code: "1", seed: "0", deviceFamily: "", files: [], inputs })))
  }
  return keys
}
