/** The first of some examples, and all of several data sets as one. */
import { must, ndarray, NodeFailure } from "#src"
import { countOf, labelsOf, pick, type Examples } from "../../port/examples.ts"

/** At most `count`; they are in the order of the corpus, which is mixed. */
export const firstExamples = (of: Examples, count: number): Examples => {
  const total = Math.min(count, countOf(of))
  if (total === 0) throw new NodeFailure("there are no examples")
  return { meta: of.meta, tensors: pick(of, Array.from({ length: total }, (_, i) => i)) }
}

/** One after another, as many of each. */
export const mixedExamples = (sets: readonly Examples[], count: number): Examples => {
  const each = sets.map((set) => firstExamples(set, Math.ceil(count / sets.length)))
  const first = must(each[0], "examples")
  const inputs = each.map(({ tensors }) => must(tensors["input"], "input"))
  const width = inputs[0]?.shape[1] as number
  const rows = inputs.reduce((sum, { shape }) => sum + (shape[0] as number), 0)
  const [input, label] = [new Uint8Array(rows * width), new Int32Array(rows)]
  let at = 0
  for (const [i, set] of each.entries()) {
    input.set(inputs[i]?.data as Uint8Array, at * width)
    label.set(labelsOf(set), at)
    at += countOf(set)
  }
  return { meta: first.meta, tensors: { input: ndarray("u8", [rows, width], input), label: ndarray("i32", [rows], label) } }
}
