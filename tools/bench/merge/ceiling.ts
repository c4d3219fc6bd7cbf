/**
 * What a merge of two models costs by itself, on one thread and with nothing around it: the sums of a measuring pass, if it has one, and the
 * blend of the writing pass. With reading the inputs from the page cache and the write, that is all that cannot be left out: over the floor,
 * it is the least the bar could be.
 */
import { makeArena, roomFor } from "../../../src/checkpoint/kernel/arena.ts"
import { element } from "../../../src/checkpoint/kernel/element.ts"
import type { FloatFormat } from "../../../src/checkpoint/kernel/float-format.ts"
import { sumsAt } from "../../../src/checkpoint/kernel/sums.ts"

/** Elements of a piece, as a merge reads them, and of how many each kernel is timed. */
const [piece, pieces] = [2 ** 17, 256]

/** By method: what its blend multiplies each model by, and whether sums of products are measured before. */
const methods = { linear: { by: [0.31372, 0.41372], isMeasured: false }, slerp: { by: [0.61372, 0.41771], isMeasured: true } } as const
export type CeilingMethod = keyof typeof methods

/** How often the inputs are read. */
export const readsOf = (method: CeilingMethod): number => (methods[method].isMeasured ? 2 : 1)

/** Seconds that kernels take for `elements` of two models in bf16: measured, and blended. */
export const kernelSeconds = (method: CeilingMethod, elements: number): { readonly sums: number; readonly blend: number } => {
  const { by, isMeasured } = methods[method]
  const arena = makeArena()
  arena.reserve(8 * roomFor(piece, 2))
  const [a, b, out, sums] = [roomFor(piece, 2), roomFor(piece, 2), roomFor(piece, 2), 3 * sumsAt.bytes].map(arena.take) as [number, number, number, number]
  // Sizes as weights have them: what is special (infinities, subnormals) would take another way.
  for (const [at, seed] of [[a, 1], [b, 2]] as const) {
    const bits = new Uint16Array(arena.buffer(), at, piece)
    for (let k = 0; k < piece; k++) bits[k] = 0x3c00 + ((k * 40503 * seed) % 0x200) + (k % 3 === 0 ? 0x8000 : 0)
  }
  const inputs: readonly FloatFormat[] = ["BF16", "BF16"]
  const [x, y] = [element.input(0), element.input(1)]
  const products = { inputs, formulas: [element.mul(x, x), element.mul(y, x), element.mul(y, y)] }
  const combination = { inputs, formula: element.add(element.mul(element.number(by[0]), x), element.mul(element.number(by[1]), y)), output: "BF16" as const }
  const seconds = (work: () => void): number => {
    work()
    const began = performance.now()
    for (let i = 0; i < pieces; i++) work()
    return ((performance.now() - began) / 1000) * (elements / (piece * pieces))
  }
  return { sums: isMeasured ? seconds(() => arena.sums(products, 0, piece, [a, b], sums)) : 0, blend: seconds(() => arena.elements(combination, out, piece, [a, b])) }
}
