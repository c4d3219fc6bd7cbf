/**
 * What the passes of SLERP cost by themselves, each on one thread and with nothing around it: reading the inputs from the page cache, the sums of
 * the measuring pass, the blend of the writing pass. Read twice, measured, blended and written cannot take less on this machine, whatever
 * a merge does; over the floor, that is the least its bar could be.
 */
import { makeArena, roomFor } from "../../../src/checkpoint/kernel/arena.ts"
import { element } from "../../../src/checkpoint/kernel/element.ts"
import type { FloatFormat } from "../../../src/checkpoint/kernel/float-format.ts"
import { sumsAt } from "../../../src/checkpoint/kernel/sums.ts"

/** Elements of a piece, as a merge reads them, and of how many each kernel is timed. */
const [piece, pieces] = [2 ** 17, 256]

/** Seconds that kernels take for `elements` of two models in bf16: measured, and blended. */
export const slerpKernels = (elements: number): { readonly sums: number; readonly blend: number } => {
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
  const combination = { inputs, formula: element.add(element.mul(element.number(0.61372), x), element.mul(element.number(0.41771), y)), output: "BF16" as const }
  const seconds = (work: () => void): number => {
    work()
    const began = performance.now()
    for (let i = 0; i < pieces; i++) work()
    return ((performance.now() - began) / 1000) * (elements / (piece * pieces))
  }
  return { sums: seconds(() => arena.sums(products, 0, piece, [a, b], sums)), blend: seconds(() => arena.elements(combination, out, piece, [a, b])) }
}
