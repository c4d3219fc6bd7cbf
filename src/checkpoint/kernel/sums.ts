/**
 * Sums of formulas over elements, in f64: inner products, norms, what is kept of a norm. Four sums a formula, of every fourth element, so the
 * result is to the bit that of a loop in JavaScript which keeps the same four (`nodes/merger/method/dots.ts`). SPEC F5.
 */
import { f64x2, get, i32, loopWhile, module, set, store, valueType, type Code } from "./assembler.ts"
import type { Element } from "./element.ts"
import { placesOf } from "./elements.ts"
import { formulaCode } from "./formula-code.ts"
import type { InputFormat } from "./float-format.ts"

export interface SumsSpec {
  readonly inputs: readonly InputFormat[]
  readonly formulas: readonly Element[]
}

/** A module whose `run` takes: out (four sums for each formula), steps, a pointer for each input, and the formulas' numbers. */
export const emitSums = ({ inputs, formulas }: SumsSpec): Uint8Array<ArrayBuffer> => {
  const { places, own, params, vectors, prepare, read, advance } = placesOf(inputs, formulas)
  const [out, steps] = [0, 1]
  const sum = (formula: number, pair: number): number => own + 2 * formula + pair
  // Of eight elements the second four are added to the same sums as the first.
  const work = [0, 1].flatMap((half) =>
    [0, 1].flatMap((pair): Code => {
      const code = formulaCode(formulas, places, half, pair)
      return [...code.shared, ...code.formulas.flatMap((one, at) => set(sum(at, pair), f64x2.add(get(sum(at, pair)), one)))]
    }),
  )
  const body = loopWhile([...read, ...work, ...advance, ...set(steps, i32.sub(get(steps), i32.constant(1)))], get(steps))
  const results = formulas.flatMap((_, at) => [0, 1].flatMap((pair) => store(get(out), 32 * at + 16 * pair, get(sum(at, pair)))))
  return module(params, [{ type: valueType.v128, count: vectors + 2 * formulas.length }], [...prepare, ...body, ...results])
}
