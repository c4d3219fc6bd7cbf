/** The kernels against plain loops, bit for bit: every pattern of the 16-bit formats, every format pair, special numbers, formulas. */
import { describe, expect, it } from "vitest"
import { decodeHalves } from "../../../../src/base/half.ts"
import { random } from "../../../../src/base/random.ts"
import { makeArena } from "../../../../src/checkpoint/kernel/arena.ts"
import { element, evaluate, type Element, type Test } from "../../../../src/checkpoint/kernel/element.ts"
import { bucketsBy } from "../../../../src/checkpoint/kernel/counts.ts"
import { inF32 } from "../../../../src/checkpoint/kernel/in-f32.ts"
import { sumRun, sumsAt } from "../../../../src/checkpoint/kernel/sums.ts"
import type { FloatFormat } from "../../../../src/checkpoint/kernel/float-format.ts"
import { canonical, halfOf, made, numbers, placed, run, samples, stored } from "./kernel-bytes.ts"

const formats: readonly FloatFormat[] = ["F64", "F32", "F16", "BF16"]
const [x] = [0, 1, 2, 3].map(element.input) as [Element]

describe("kernels", () => {
  it("[F5] read all 65,536 patterns of both 16-bit formats as base/half.ts does", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i)
    for (const format of ["F16", "BF16"] as const) {
      const bytes = made([{ format, bytes: new Uint8Array(all.buffer) }], x, "F64")
      expect(canonical("F64", bytes)).toEqual([...decodeHalves(halfOf[format], all)].map((x) => (Object.is(x, -0) ? "-0" : String(x))))
    }
  })

  it.each(formats.flatMap((input) => formats.map((output) => [input, output] as const)))("[F5] make %s into %s, rounded once", (input, output) => {
    const bytes = stored(input, samples(`${input}/${output}`, 20_003))
    expect(canonical(output, made([{ format: input, bytes }], x, output))).toEqual(canonical(output, stored(output, numbers(input, bytes))))
  })

  it("[F5] write one NaN, whatever the payloads were", () => {
    const inputs = [{ format: "BF16", bytes: new Uint8Array(Uint16Array.of(0x7f81, 0xffff, 0x7fc1, 0xff90).buffer) }] as const
    const twice = element.mul(element.number(-2), x)
    expect([...new Uint16Array(made(inputs, twice, "BF16").buffer)]).toEqual([0x7fc0, 0x7fc0, 0x7fc0, 0x7fc0])
    expect([...new Uint16Array(made(inputs, twice, "F16").buffer)]).toEqual([0x7e00, 0x7e00, 0x7e00, 0x7e00])
    expect([...new Uint32Array(made(inputs, twice, "F32").buffer)]).toEqual(Array(4).fill(0x7fc00000))
  })

  it.each(formats)("[F5, F15] tell of a NaN, an infinity and what becomes one, wherever it is among results in %s, and of none when there is none", (output) => {
    const weighted = element.add(element.mul(element.number(1.5), x), element.mul(element.number(0.5), element.input(1)))
    const largest = { F64: Number.MAX_VALUE, F32: 3.4028234663852886e38, F16: 65504, BF16: 3.3895313892515355e38 }[output]
    for (const format of ["BF16", "F32", "F64"] as const) {
      const values = Float64Array.from({ length: 32 }, (_, k) => 1 + k / 64)
      const beside = { format, bytes: stored(format, values) }
      const special = (place: number, one: number): boolean => run([{ format, bytes: stored(format, values.map((value, k) => (k === place ? one : value))) }, beside], weighted, output).isSpecial
      for (let place = -1; place < 32; place++) {
        for (const one of [NaN, Infinity, -Infinity, ...(format === "F64" ? [0.67 * largest, -0.67 * largest] : [])]) expect(special(place, one)).toBe(place >= 0)
        if (format === "F64") for (const one of [0.66 * largest, -0.66 * largest]) expect(special(place, one)).toBe(false)
      }
    }
  })

  const mixed = (["BF16", "F32", "F16", "F64"] as const).map((format, i) => ({ format, bytes: stored(format, samples(`${i}`, 5_001)) }))
  const columns = mixed.map(({ format, bytes }) => numbers(format, bytes))
  const valueAt = (formula: Element, k: number): number => evaluate(formula, (input) => columns[input]?.[k] as number)

  it("[F5] give what the same formula gives in the language's own arithmetic, of all operations and mixed formats", () => {
    for (let seed = 0; seed < 6; seed++) {
      const formula = madeUp(`formula ${seed}`)
      for (const output of formats) {
        const expected = stored(output, Float64Array.from({ length: 5_001 }, (_, k) => valueAt(formula, k)))
        expect(canonical(output, made(mixed, formula, output))).toEqual(canonical(output, expected))
      }
    }
  })

  it("[F4] in f32 give what arithmetic of f32 gives, of all operations; what is only compared is not rounded", () => {
    for (let seed = 0; seed < 4; seed++) {
      const formula = madeUp(`f32 ${seed}`)
      const expected = stored("F32", Float64Array.from({ length: 5_001 }, (_, k) => valueInF32(formula, (input) => columns[input]?.[k] as number)))
      expect(canonical("F32", made(mixed, inF32(formula), "F32"))).toEqual(canonical("F32", expected))
    }
    const tiny = 1 + 2 ** -40
    expect(evaluate(inF32(element.where(element.lt(x, element.number(tiny)), element.number(tiny), x)), () => 1)).toBe(1)
    expect(evaluate(inF32(element.where(element.ge(x, element.number(tiny)), element.number(2), element.number(3))), () => 1)).toBe(3)
  })

  it.each([1, 64])("[F5] have all of the memory that was asked for, %i MiB", (mebibytes) => {
    const arena = makeArena()
    const bytes = mebibytes * 2 ** 20
    arena.reserve(bytes)
    expect(arena.take(bytes) + bytes).toBeLessThanOrEqual(arena.buffer().byteLength)
  })

  it.each([["BF16", "F32"], ["BF16", "BF16"]] as const)("[F5] sum formulas of %s and %s in four sums of each run, of every fourth element", (...pair) => {
    const formulas = [element.mul(element.input(0), element.input(0)), element.abs(element.sub(element.input(1), element.input(0)))]
    // Without what is infinite: every sum would be.
    const finite = pair.map((format, i) => ({ format, bytes: stored(format, (columns[i] as Float64Array).map((value) => (Math.abs(value) < 1e30 ? value : 1))) }))
    const [a, b] = finite.map(({ format, bytes }) => numbers(format, bytes)) as [Float64Array, Float64Array]
    const arena = makeArena()
    const { out, at } = placed(arena, finite, 64 * formulas.length)
    const found = new Float64Array(arena.buffer(), out, (sumsAt.bytes / 8) * formulas.length).fill(7)
    arena.sums({ inputs: finite.map(({ format }) => format), formulas }, 16, 4_952, at, out)
    const four = (from: number, to: number): Float64Array => {
      const sums = new Float64Array(8)
      for (let k = from; k < to; k++) {
        sums[k % 4]! += a[k]! * a[k]!
        sums[4 + (k % 4)]! += Math.abs(b[k]! - a[k]!)
      }
      return sums
    }
    const [first, last] = [four(16, 16 + sumRun), four(16 + sumRun, 4_968)]
    const both = ([s0 = 0, s1 = 0, s2 = 0, s3 = 0]: ArrayLike<number> & Iterable<number>): number => s0 + s1 + (s2 + s3)
    for (const formula of [0, 1]) {
      const [ofFirst, ofLast] = [first, last].map((sums) => sums.subarray(4 * formula, 4 * formula + 4)) as [Float64Array, Float64Array]
      const at = (sumsAt.bytes / 8) * formula
      expect(found[at]).toBe(7 + both(ofFirst) + both(ofLast))
      expect([...found.subarray(at + sumsAt.four / 8, at + 6)]).toEqual([...ofLast])
    }
  })

  it("[F5] count sizes by their bits", () => {
    const sizes = Float32Array.from(samples("sizes", 8_000), Math.abs)
    const bits = new Uint32Array(sizes.buffer)
    const bucket = bits[5]! >>> 15
    for (const by of ["upper", "lower"] as const) {
      const arena = makeArena()
      const { out, at } = placed(arena, [{ format: "F32", bytes: new Uint8Array(sizes.buffer) }], 4 * bucketsBy[by])
      arena.count(by, out, at[0] as number, 8_000, bucket)
      const expected = new Uint32Array(bucketsBy[by])
      for (const one of bits) if (by === "upper") expected[one >>> 15]!++
      else if (one >>> 15 === bucket) expected[one & 0x7fff]!++
      expect(Buffer.compare(new Uint8Array(arena.buffer(), out, 4 * bucketsBy[by]), new Uint8Array(expected.buffer))).toBe(0)
    }
  })

  it("[F5, M2] draw the words of base/random.ts", () => {
    const stream = random("words")
    const arena = makeArena()
    const { out } = placed(arena, [], 4 * 1_000 + 64)
    arena.words(stream.stream, out, 12_345, 1_000)
    expect([...new Uint32Array(arena.buffer(), out, 1_000)]).toEqual(Array.from({ length: 250 }, (_, i) => stream.words(12_345 + i)).flat())
  })
})

/** By operations on numbers that are rounded to f32 first. */
const valueInF32 = (formula: Element, input: (input: number) => number): number => {
  const { fround } = Math
  if ("input" in formula) return fround(input(formula.input))
  if ("number" in formula) return fround(formula.number)
  const of = formula.of.map((part) => valueInF32(part, input))
  if (formula.op === "where") return of[holds(formula.test, input) ? 0 : 1] as number
  return fround(evaluate({ ...formula, of: of.map(element.number) } as unknown as Element, input))
}
const holds = (test: Test, input: (input: number) => number): boolean => {
  if (test.op === "either") return test.tests.some((one) => holds(one, input))
  const compared = test.of.map((part) => element.number("number" in part ? part.number : "input" in part ? input(part.input) : valueInF32(part, input)))
  return evaluate({ op: "where", test: { ...test, of: compared as unknown as readonly [Element, Element] }, of: [element.number(1), element.number(0)] }, input) === 1
}

/** A formula of every operation, some parts of it in two places. */
const madeUp = (seed: string): Element => {
  const { below } = random(seed)
  const tree = (depth: number, at: number): Element => {
    if (depth === 0) return below(at, 3) === 0 ? element.number([0.31372, -1.7, 2 ** -30, 1e5][below(at + 1, 4)] as number) : element.input(below(at + 2, 4))
    const [a, b] = [tree(depth - 1, 2 * at), tree(depth - 1, 2 * at + 1)]
    const two = [element.add, element.sub, element.mul, element.div, element.min, element.max][below(at + 3, 6)] as typeof element.add
    const test = [element.lt, element.le, element.gt, element.ge, element.eq, element.ne][below(at + 4, 6)] as typeof element.lt
    const kind = below(at + 5, 4)
    if (kind === 0) return element.where(element.either(test(a, b), element.gt(a, element.number(1))), element.add(a, a), two(a, b))
    return kind === 1 ? element.near32(two(a, b)) : kind === 2 ? two(element.abs(a), b) : two(a, b)
  }
  return tree(5, 1)
}
