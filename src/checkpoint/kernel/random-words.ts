/** Words of Philox4x32-10 (`base/random.ts`), sixteen of four counters at a time: what random masks are drawn with. SPEC F5, M2. */
import { countDown, get, i32, i32x4, i64x2, module, pick, set, store, v128, valueType, words, type Code } from "./assembler.ts"

/** Words that are written at a time. */
export const wordsOfStep = 16

/** A module whose `run` takes: out, steps, the first counter, then the upper words of the counter (2) and the key (2). */
export const emitWords = (): Uint8Array<ArrayBuffer> => {
  const [out, steps, counter, high0, high1, key0, key1] = [0, 1, 2, 3, 4, 5, 6]
  const [a, b, c, d, k0, k1, low, upper] = [7, 8, 9, 10, 11, 12, 13, 14]
  const odd = [1, 3, 5, 7]
  const even = [0, 2, 4, 6]
  const product = (x: number, by: number): Code => [...set(low, i64x2.extmulLow(get(x), words(by))), ...set(upper, i64x2.extmulHigh(get(x), words(by)))]
  const mixed = (with1: number, with2: number): Code => v128.xor(v128.xor(pick(get(low), get(upper), odd), get(with1)), get(with2))
  const [fromA, fromC] = [15, 16]
  const round: Code = [
    ...product(a, 0xd2511f53),
    ...set(fromA, pick(get(low), get(upper), even)),
    // The new third word needs the old first, the new first the old third.
    ...set(d, mixed(d, k1)),
    ...product(c, 0xcd9e8d57),
    ...set(fromC, pick(get(low), get(upper), even)),
    ...set(a, mixed(b, k0)),
    ...set(c, get(d)),
    ...set(b, get(fromC)),
    ...set(d, get(fromA)),
    ...set(k0, i32x4.add(get(k0), words(0x9e3779b9))),
    ...set(k1, i32x4.add(get(k1), words(0xbb67ae85))),
  ]
  const start: Code = [
    ...set(a, i32x4.add(i32x4.splat(get(counter)), [0xfd, 0x0c, ...new Uint8Array(Uint32Array.of(0, 1, 2, 3).buffer)])),
    ...set(b, i32x4.splat(i32.constant(0))),
    ...set(c, i32x4.splat(get(high0))),
    ...set(d, i32x4.splat(get(high1))),
    ...set(k0, i32x4.splat(get(key0))),
    ...set(k1, i32x4.splat(get(key1))),
  ]
  // Words of one counter lie beside each other: four by four, turned.
  const turned = [
    ...set(low, pick(get(a), get(b), [0, 4, 1, 5])),
    ...set(upper, pick(get(c), get(d), [0, 4, 1, 5])),
    ...store(get(out), 0, pick(get(low), get(upper), [0, 1, 4, 5])),
    ...store(get(out), 16, pick(get(low), get(upper), [2, 3, 6, 7])),
    ...set(low, pick(get(a), get(b), [2, 6, 3, 7])),
    ...set(upper, pick(get(c), get(d), [2, 6, 3, 7])),
    ...store(get(out), 32, pick(get(low), get(upper), [0, 1, 4, 5])),
    ...store(get(out), 48, pick(get(low), get(upper), [2, 3, 6, 7])),
  ]
  const advance = [
    ...set(out, i32.add(get(out), i32.constant(4 * wordsOfStep))),
    ...set(counter, i32.add(get(counter), i32.constant(4))),
  ]
  const rounds = Array.from({ length: 10 }, () => round).flat()
  const params = [out, steps, counter, high0, high1, key0, key1].map(() => valueType.i32)
  return module(params, [{ type: valueType.v128, count: 10 }], countDown(steps, [...start, ...rounds, ...turned, ...advance]))
}
