/**
 * Sums of formulas over elements, in f64: inner products, norms, what is kept of a norm. Elements are taken in runs; of each, a formula has four
 * sums, of every fourth element, which are added up, and then the runs in their order. A loop that does likewise gives the same to
 * the bit. SPEC F5.
 */
import { countDown, f64, f64x2, get, load, loopWhile, module, pick, set, store, takeSteps, valueType, type Code } from "./assembler.ts"
import type { Element } from "./element.ts"
import { placesOf } from "./elements.ts"
import { formulaCode } from "./formula-code.ts"
import { decodeApart, stepElements, type InputFormat } from "./float-format.ts"

export interface SumsSpec {
  readonly inputs: readonly InputFormat[]
  readonly formulas: readonly Element[]
}

/** Elements of a run. */
export const sumRun = 2 ** 12

/** Where results are, in bytes from `out`: the sum of runs, and the four sums of the last run. Each formula has as many bytes. */
export const sumsAt = { total: 0, four: 16, bytes: 48 } as const

/** A module whose `run` takes: out, steps, a pointer for each input, and the formulas' numbers. It adds to the totals that are at `out`. */
export const emitSums = ({ inputs, formulas }: SumsSpec): Uint8Array<ArrayBuffer> => {
  const { places, own, params, vectors, prepare, read, advance } = placesOf(inputs, formulas)
  const [out, steps, left] = [0, 1, own + 2 * formulas.length]
  const sum = (formula: number, which: number): number => own + 2 * formula + which
  // A local has two of the four sums, as they come from what is decoded: 0 and 1, or 0 and 2. Of eight elements the second four are added to the same as the first.
  const areApart = inputs.every((format) => format === "BF16")
  const work = [0, 1].flatMap((half) =>
    [0, 1].flatMap((pair): Code => {
      const code = formulaCode(formulas, places, half, pair)
      const which = areApart ? half : pair
      return [...code.shared, ...code.formulas.flatMap((one, at) => set(sum(at, which), f64x2.add(get(sum(at, which)), one)))]
    }),
  )
  const begin = [
    ...takeSteps(left, steps, sumRun / stepElements),
    ...formulas.flatMap((_, at) => [0, 1].flatMap((pair) => set(sum(at, pair), f64x2.splat(f64.constant0)))),
  ]
  const decoded = areApart ? inputs.flatMap((_, i) => decodeApart(places.pointer(i), places.decoded(i))) : read
  const run = countDown(left, [...decoded, ...work, ...advance])
  const both = (local: number): Code => f64x2.add(get(local), pick(get(local), get(local), [2, 3, 0, 1]))
  const results = formulas.flatMap((_, at): Code => {
    const [to, low, high, spare] = [sumsAt.bytes * at, sum(at, 0), sum(at, 1), places.decoded(0)[0]]
    const inOrder = [...set(spare, get(low)), ...set(low, pick(get(spare), get(high), [0, 1, 4, 5])), ...set(high, pick(get(spare), get(high), [2, 3, 6, 7]))]
    return [
      ...(areApart ? inOrder : []),
      ...store(get(out), to + sumsAt.total, f64x2.add(load(get(out), to + sumsAt.total), f64x2.add(both(low), both(high)))),
      ...store(get(out), to + sumsAt.four, get(low)),
      ...store(get(out), to + sumsAt.four + 16, get(high)),
    ]
  })
  const locals = [{ type: valueType.v128, count: vectors + 2 * formulas.length }, { type: valueType.i32, count: 1 }]
  return module(params, locals, [...prepare, ...loopWhile([...begin, ...run, ...results], get(steps))])
}
