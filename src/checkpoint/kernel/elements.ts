/**
 * A formula for all elements of some inputs, from whatever they are stored as to whatever the output is: f64 arithmetic two lanes
 * at a time, one rounding at the end. It computes what a loop in JavaScript computes, to the bit, at about the speed at which
 * memory is read; without it merging waits for the processor. SPEC F4, F5.
 */
import { countDown, f32x4, f64x2, get, i16x8, i32, i32x4, loopWhile, module, set, store, takeSteps, v128, valueType, when, words, type Code } from "./assembler.ts"
import { partsOf, type Element } from "./element.ts"
import { firstLocals, firstOf, firstSums, prepareFirst, unsafeLanes } from "./first-in-f32.ts"
import { decode, formatBytes, inputBytes, step, widened, type FloatFormat, type InputFormat } from "./float-format.ts"
import { formulaCode, partLocals, type FormulaPlaces } from "./formula-code.ts"
import { areMoreListed, emptyList, fillList, firstListed, gatherListed, isListed, isShort, listLanes, listLocals, nextListed, runSteps, scatterListed } from "./listed.ts"
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
 * `first-in-f32.ts` where there are some. It gives 1 when a NaN or an infinity is among the results, as they are stored, those beyond the end
 * included, else 0.
 */
export const emitElements = ({ inputs, formula, output }: ElementsSpec): Uint8Array<ArrayBuffer> => {
  const first = firstOf(inputs, formula, output)
  const { places, own, params, vectors, prepare, read, advance, extra } = placesOf(inputs, [formula], first?.numbers.length)
  const [out, steps] = [0, 1]
  const results = [own, own + 1] as const
  const near = own + 2
  const rounded = [own + 3, own + 4] as const
  const seen = own + 5
  const halves = [0, 1].flatMap((half): Code => {
    const exact = results.flatMap((local, pair) => {
      const { shared, formulas } = formulaCode([formula], places, half, pair)
      return [...shared, ...set(local, formulas[0] as Code)]
    })
    return [...exact, ...roundHalf(output, results, near, rounded[half] as number, out, half), ...seeHalf(output, seen, results, near)]
  })
  const packed: Code = [...set(near, i32x4.narrow(get(rounded[0]), get(rounded[1]))), ...seeEight(seen, near)]
  const next: Code = [...step(out, formatBytes[output]), ...advance]
  const isSeen = isAnySeen(output, seen)
  const declared = (more: number, scalars: number) => [{ type: valueType.v128, count: vectors + 6 + more }, { type: valueType.i32, count: scalars }]
  if (first === undefined) {
    const body = [...read, ...halves, ...(formatBytes[output] === 2 ? [...packed, ...store(get(out), 0, get(near))] : []), ...next]
    return module(params, declared(0, 0), [...prepare, ...countDown(steps, body)], isSeen)
  }
  // A run of steps in f32, then those of its elements that need f64.
  const more = firstLocals(first)
  const firstly = { out, pointer: places.pointer, number: extra, own: own + 6 }
  const left = own + 6 + more
  const [wasShort, list] = [left + 1, { end: left + 2, place: left + 3, own: left + 4 }] as const
  const { perhaps, surely } = unsafeLanes(first, firstly)
  const listing = listLanes(surely, list)
  const quick = (listed: Code): Code => countDown(left, [...firstSums(first, firstly), ...listed, ...set(list.place, i32.add(get(list.place), i32.constant(16))), ...next])
  const pointers = [out, ...inputs.map((_, i) => places.pointer(i))]
  const moved = (by: typeof i32.add): Code => pointers.flatMap((pointer) => set(pointer, by(get(pointer), get(list.place))))
  const gather = inputs.flatMap((_, i): Code => [...set(near, gatherListed(places.pointer(i), list)), ...places.decoded(i).flatMap((local, half) => set(local, widened(first.format, get(near), half)))])
  const slow = [...nextListed(list), ...gather, ...halves, ...packed, ...scatterListed(out, near, list)]
  const run = [
    ...takeSteps(left, steps, runSteps),
    ...set(list.place, i32.constant(0)),
    // Whether there is anything to list is asked only where it seldom is: a branch that goes either way costs more than listing nothing.
    ...set(wasShort, isShort(list)),
    ...emptyList(list),
    ...when(get(wasShort), quick(when(v128.anyTrue(perhaps), listing))),
    ...when(get(left), quick(listing)),
    ...when(isListed(list), [...moved(i32.sub), ...fillList(list), ...firstListed(list), ...loopWhile(slow, areMoreListed(list)), ...moved(i32.add)]),
  ]
  return module(params, declared(more, 4 + listLocals), [...prepare, ...prepareFirst(first, firstly), ...loopWhile(run, get(steps))], isSeen)
}

/** Of f64 and f32, at which four results are stored: what a number less itself is, 0 unless it is none or infinite. */
const seeHalf = (output: FloatFormat, seen: number, sums: readonly number[], near: number): Code => {
  const differences = output === "F64" ? sums.map((sum) => f64x2.sub(get(sum), get(sum))) : output === "F32" ? [f32x4.sub(get(near), get(near))] : []
  return differences.flatMap((difference) => set(seen, v128.or(get(seen), difference)))
}

/** Of the 16-bit formats: the largest of the sizes, by lane; those of infinities and NaN are above all numbers'. */
const seeEight = (seen: number, eight: number): Code => set(seen, i16x8.maxS(get(seen), v128.and(get(eight), words(0x7fff7fff))))

const isAnySeen = (output: FloatFormat, seen: number): Code => v128.anyTrue(output === "F64" || output === "F32" ? get(seen) : i16x8.gtS(get(seen), words(0x10001 * largestFinite[output])))

const largestFinite = { F16: 0x7bff, BF16: 0x7f7f } as const
