/**
 * A formula for all elements of some inputs, from whatever they are stored as to whatever the output is: f64 arithmetic two lanes
 * at a time, one rounding at the end. It computes what a loop in JavaScript computes, to the bit, at about the speed at which
 * memory is read; without it merging waits for the processor. SPEC F4, F5.
 */
import { f64x2, get, i32, i32x4, loopWhile, module, set, store, v128, valueType, when, type Code } from "./assembler.ts"
import { partsOf, type Element } from "./element.ts"
import { firstLocals, firstNumbers, firstSums, isUnsafe, prepareFirst } from "./first-in-f32.ts"
import { decode, formatBytes, inputBytes, step, type FloatFormat, type InputFormat } from "./float-format.ts"
import { formulaCode, partLocals, type FormulaPlaces } from "./formula-code.ts"
import { roundHalf } from "./round-code.ts"

export interface ElementsSpec {
  readonly inputs: readonly InputFormat[]
  readonly formula: Element
  readonly output: FloatFormat
}

/** Places of locals: params (two, pointers, numbers, further numbers), numbers in both lanes, two f32 vectors an input, shared parts, and from `own` on the caller's. */
export const placesOf = (inputs: readonly InputFormat[], formulas: readonly Element[], extras = 0) => {
  const numbers = partsOf(formulas).filter((part) => "number" in part).length
  const [pointers, scalars] = [2, 2 + inputs.length]
  const lanes = scalars + numbers + extras
  const decoded = lanes + numbers
  const parts = decoded + 2 * inputs.length
  const own = parts + partLocals(formulas)
  const places: FormulaPlaces = {
    inputs,
    pointer: (i) => pointers + i,
    decoded: (i) => [decoded + 2 * i, decoded + 2 * i + 1],
    number: (i) => lanes + i,
    part: (i) => parts + i,
  }
  return {
    places,
    own,
    params: [valueType.i32, valueType.i32, ...inputs.map(() => valueType.i32), ...Array.from({ length: numbers + extras }, () => valueType.f64)],
    /** Param of the `i`-th further number. */
    extra: (i: number): number => scalars + numbers + i,
    /** Vectors that are declared, beside the caller's. */
    vectors: own - lanes,
    /** Before the loop. */
    prepare: Array.from({ length: numbers }, (_, i) => set(lanes + i, f64x2.splat(get(scalars + i)))).flat() as Code,
    /** At the beginning and at the end of every step. */
    read: inputs.flatMap((format, i) => decode(format, pointers + i, places.decoded(i))) as Code,
    advance: inputs.flatMap((format, i) => step(pointers + i, inputBytes[format])) as Code,
  }
}

/**
 * A module whose `run` takes: out, steps (of `stepElements`), a pointer for each input, the formula's numbers, and those of
 * `first-in-f32.ts` where there are some. It gives 1 when a NaN is among the results, those beyond the end included, else 0.
 */
export const emitElements = ({ inputs, formula, output }: ElementsSpec): Uint8Array<ArrayBuffer> => {
  const first = firstNumbers(inputs, formula, output)
  const { places, own, params, vectors, prepare, read, advance, extra } = placesOf(inputs, [formula], first?.length)
  const [out, steps] = [0, 1]
  const results = [own, own + 1] as const
  const near = own + 2
  const rounded = [own + 3, own + 4] as const
  const nan = own + 5
  const halves = [0, 1].flatMap((half): Code => {
    const exact = results.flatMap((local, pair) => {
      const { shared, formulas } = formulaCode([formula], places, half, pair)
      return [...shared, ...set(local, formulas[0] as Code), ...set(nan, v128.or(get(nan), f64x2.ne(get(local), get(local))))]
    })
    return [...exact, ...roundHalf(output, results, near, rounded[half] as number, out, half)]
  })
  const packed = formatBytes[output] === 2 ? store(get(out), 0, i32x4.narrow(get(rounded[0]), get(rounded[1]))) : []
  const whole: Code = [...read, ...halves, ...packed]
  const firstly = { out, pointer: places.pointer, number: extra, own: own + 6 }
  const each = first === undefined ? whole : [...firstSums(formula, firstly), ...when(isUnsafe(formula, firstly), whole)]
  const body = loopWhile([...each, ...step(out, formatBytes[output]), ...advance, ...set(steps, i32.sub(get(steps), i32.constant(1)))], get(steps))
  const begin = first === undefined ? prepare : [...prepare, ...prepareFirst(formula, firstly)]
  return module(params, [{ type: valueType.v128, count: vectors + 6 + (first === undefined ? 0 : firstLocals(formula)) }], [...begin, ...body], v128.anyTrue(get(nan)))
}
