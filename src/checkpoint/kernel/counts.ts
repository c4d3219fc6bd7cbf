/**
 * How many of very many sizes fall into each bucket: what an exact quantile needs (`nodes/merger/method/quantile.ts`). The bits of
 * a size, a non-negative f32, are in the order of the number: its upper 16 bits are a bucket, and within one the lower 15 are.
 */
import { countDown, get, i32, i32x4, load, module, set, v128, valueType, when, type Code } from "./assembler.ts"

/** Counts by the upper bits, or in one bucket by the lower. */
export type CountBy = "upper" | "lower"

export const bucketsBy: Readonly<Record<CountBy, number>> = { upper: 2 ** 16, lower: 2 ** 15 }

/** A module whose `run` takes: counts (of 32 bits), steps of four sizes, sizes, bucket. */
export const emitCounts = (by: CountBy): Uint8Array<ArrayBuffer> => {
  const [counts, steps, sizes, bucket, place, four] = [0, 1, 2, 3, 4, 5] as const
  const bits = (i: number): Code => i32.load(get(sizes), 4 * i)
  const add = (offset: Code): Code => [...set(place, i32.add(get(counts), offset)), ...i32.store(get(place), 0, i32.add(i32.load(get(place), 0), i32.constant(1)))]
  const times4 = (index: Code): Code => i32.shl(index, i32.constant(2))
  const upper = (i: number): Code => add(times4(i32.shrU(bits(i), i32.constant(15))))
  const lower = (i: number): Code => when(i32.eq(i32.shrU(bits(i), i32.constant(15)), get(bucket)), add(times4(i32.and(bits(i), i32.constant(0x7fff)))))
  const each = [0, 1, 2, 3].flatMap(by === "upper" ? upper : lower)
  const found = v128.anyTrue(i32x4.eq(i32x4.shrU(load(get(sizes), 0), 15), get(four)))
  const advance = set(sizes, i32.add(get(sizes), i32.constant(16)))
  const body = countDown(steps, [...(by === "upper" ? each : when(found, each)), ...advance])
  const i32s = [valueType.i32, valueType.i32, valueType.i32, valueType.i32]
  return module(i32s, [{ type: valueType.i32, count: 1 }, { type: valueType.v128, count: 1 }], [...set(four, i32x4.splat(get(bucket))), ...body])
}
