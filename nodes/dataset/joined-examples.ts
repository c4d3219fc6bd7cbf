/** Labelled examples of several domains as one set, in the order of the edges: what a model for all of them trains on. */
import { defineKind, many, must, ndarray, NodeFailure, type NdArray } from "#src"
import { countOf, examples, labelsOf, type Examples } from "../port/examples.ts"

export const joinedExamples = defineKind({
  id: "dataset/joined-examples",
  module: import.meta.url,
  title: "Examples of several sets, joined",
  params: {},
  inputs: { examples: many(examples) },
  outputs: { examples },
  run: ({ examples: sets }) => {
    const [first] = sets
    if (first === undefined) throw new NodeFailure("input examples: expected at least one edge, got none")
    sets.forEach((set, i) => {
      const fault = difference(first, set)
      if (fault !== undefined) throw new NodeFailure(`input examples: sets that are joined are alike, but ${fault} in set ${i + 1}`)
    })
    const inputs = sets.map(({ tensors }) => must(tensors["input"], "examples.input") as NdArray<"u8">)
    const each = must(inputs[0], "input").shape.slice(1)
    const count = sets.reduce((sum, set) => sum + countOf(set), 0)
    const input = new Uint8Array(Buffer.concat(inputs.map(({ data }) => data)))
    const label = Int32Array.from(sets.flatMap((set) => [...labelsOf(set)]))
    const source = [...new Set(sets.map(({ meta }) => meta.source))].join(" and ")
    return { examples: { meta: { ...first.meta, source }, tensors: { input: ndarray("u8", [count, ...each], input), label: ndarray("i32", [count], label) } } }
  },
})

const difference = (a: Examples, b: Examples): string | undefined => {
  const shape = ({ tensors }: Examples): string => must(tensors["input"], "examples.input").shape.slice(1).join(" x ")
  if (shape(a) !== shape(b)) return `examples are ${shape(a)} in the first and ${shape(b)}`
  if (a.meta.classes.join() !== b.meta.classes.join()) return `classes are ${a.meta.classes.join(", ")} in the first and ${b.meta.classes.join(", ")}`
  return a.meta.part === b.meta.part ? undefined : `what is joined is of ${a.meta.part} in the first and of ${b.meta.part}`
}
