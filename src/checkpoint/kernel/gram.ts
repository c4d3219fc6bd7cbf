/**
 * Inner products of all pairs of vectors, or of their differences from a base, in f64: what SLERP, model stock and the Karcher mean measure.
 * Four sums a pair, of every fourth element, so the result is to the bit that of the loop in JavaScript which keeps the same
 * four (`nodes/merger/method/dots.ts`). SPEC F5.
 */
import { f64x2, get, i32, loopWhile, module, set, store, valueType, type Code } from "./assembler.ts"
import { decode, formatBytes, pairOf, step, type FloatFormat } from "./float-format.ts"

export interface GramSpec {
  readonly vectors: readonly FloatFormat[]
  /** What is taken off every vector. */
  readonly base: FloatFormat | undefined
}

/** Pairs (i, j <= i), row by row. */
export const pairsOf = (vectors: number): number => (vectors * (vectors + 1)) / 2

/** A module whose `run` takes: out (four sums for each pair), steps, then a pointer for each vector and the base. */
export const emitGram = ({ vectors, base }: GramSpec): Uint8Array<ArrayBuffer> => {
  const inputs = base === undefined ? vectors : [...vectors, base]
  const params = [valueType.i32, valueType.i32, ...inputs.map(() => valueType.i32)]
  const [out, steps] = [0, 1]
  const pointer = (i: number): number => 2 + i
  const decoded = (i: number): readonly [number, number] => [params.length + 2 * i, params.length + 2 * i + 1]
  const values = params.length + 2 * inputs.length
  const sums = values + inputs.length
  const pairs = vectors.flatMap((_, i) => vectors.slice(0, i + 1).map((__, j) => [i, j] as const))
  const value = (i: number, half: number, pair: number): Code => {
    const own = pairOf(inputs[i] as FloatFormat, pointer(i), decoded(i), half, pair)
    return base === undefined || i === vectors.length ? own : f64x2.sub(own, get(values + vectors.length))
  }
  // Of eight elements the second four are added to the same sums as the first.
  const work = [0, 1].flatMap((half) =>
    [0, 1].flatMap((pair) => [
      ...(base === undefined ? [] : set(values + vectors.length, value(vectors.length, half, pair))),
      ...vectors.flatMap((_, i) => set(values + i, value(i, half, pair))),
      ...pairs.flatMap(([i, j], at) => set(sums + 2 * at + pair, f64x2.add(get(sums + 2 * at + pair), f64x2.mul(get(values + i), get(values + j))))),
    ]),
  )
  const reads = inputs.flatMap((format, i) => decode(format, pointer(i), decoded(i)))
  const advance = inputs.flatMap((format, i) => step(pointer(i), formatBytes[format]))
  const body = loopWhile([...reads, ...work, ...advance, ...set(steps, i32.sub(get(steps), i32.constant(1)))], get(steps))
  const results = pairs.flatMap((_, at) => [0, 1].flatMap((pair) => store(get(out), 32 * at + 16 * pair, get(sums + 2 * at + pair))))
  return module(params, [{ type: valueType.v128, count: 3 * inputs.length + 2 * pairs.length }], [...body, ...results])
}
