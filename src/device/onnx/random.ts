/**
 * Rows of random bits: Philox4x32-10 on whole blocks at once. Words of 32 bits are held in uint64, where onnxruntime has every
 * operation that is needed: the product of two of them, its halves by shift and mask, and exclusive or. No axis of one word
 * is carried along: beside a last extent of 1 onnxruntime stretches a scalar element by element, 40 times as slow.
 */
import type { OpName } from "../../tensor/op.ts"
import type { Emit } from "./emit.ts"
import { arg, type Lowered, type Rows, type Value } from "./row.ts"

const rounds = 10
const lowest32 = 2 ** 32 - 1
const multipliers = [0xd2511f53, 0xcd9e8d57] as const
/** What is added to each word of the key after a round. */
const increments = [0x9e3779b9, 0xbb67ae85] as const

/** Names of the two words of the key for every round, each of the key's batch shape. */
const schedule = (emit: Emit, key: Value): readonly (readonly string[])[] => {
  const halves = emit.several("Split", 4, [emit.cast(key.name, "u64")], { axis: -1, num_outputs: 4 })
  return increments.map((increment, i) => {
    const word = emit.node("Add", [halves[2 * i]!, emit.node("Mul", [halves[2 * i + 1]!, emit.uint64(65536)])])
    const line = emit.node("Add", [word, emit.uint64(...Array.from({ length: rounds }, (_, round) => round * increment))])
    const words = emit.several("Split", rounds, [emit.node("BitwiseAnd", [line, emit.uint64(lowest32)])], { axis: -1, num_outputs: rounds })
    return words.map((name) => emit.reshape(name, key.shape.slice(0, -1)))
  })
}

const randomBits = (emit: Emit, step: Lowered<"random_bits">): string => {
  const [key, counter] = [arg(step, 0), arg(step, 1)]
  const [first, second] = schedule(emit, key) as [readonly string[], readonly string[]]
  const product = (word: string, by: number) => {
    const both = emit.node("Mul", [word, emit.uint64(by)])
    return { high: emit.node("BitShift", [both, emit.uint64(32)], { direction: "RIGHT" }), low: emit.node("BitwiseAnd", [both, emit.uint64(lowest32)]) }
  }
  const mixed = (...words: readonly string[]) => words.reduce((a, b) => emit.node("BitwiseXor", [a, b]))
  let [a, b, c, d] = [
    emit.cast(counter.name, "u64"),
    emit.uint64(step.attrs.stream),
    emit.uint64(0),
    emit.uint64(0),
  ]
  for (let round = 0; round < rounds; round++) {
    const [left, right] = [product(a, multipliers[0]), product(c, multipliers[1])]
    ;[a, b, c, d] = [mixed(right.high, b, first[round]!), right.low, mixed(left.high, d, second[round]!), left.low]
  }
  const batch = step.shape.slice(0, -1)
  const words = emit.node("Concat", [a, b, c, d].map((word) => emit.reshape(word, [...batch, 1])), { axis: batch.length })
  return emit.cast(emit.node("BitShift", [words, emit.uint64(8)], { direction: "RIGHT" }), "i32")
}

export const randomRows = {
  random_bits: randomBits,
} satisfies Partial<Rows<OpName>>
