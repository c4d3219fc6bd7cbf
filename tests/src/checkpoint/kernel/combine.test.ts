/** The kernels against plain loops, bit for bit: every pattern of the 16-bit formats, every format pair, special numbers, trees. */
import { describe, expect, it } from "vitest"
import { decodeHalves, encodeHalves } from "../../../../src/base/half.ts"
import { random } from "../../../../src/base/random.ts"
import { makeArena, roomFor } from "../../../../src/checkpoint/kernel/arena.ts"
import type { Additions } from "../../../../src/checkpoint/kernel/combine.ts"
import { formatBytes, type FloatFormat } from "../../../../src/checkpoint/kernel/float-format.ts"

const formats: readonly FloatFormat[] = ["F64", "F32", "F16", "BF16"]
const halfOf = { F16: "f16", BF16: "bf16" } as const

const stored = (format: FloatFormat, values: Float64Array): Uint8Array => {
  const array = format === "F64" ? values : format === "F32" ? Float32Array.from(values) : encodeHalves(halfOf[format], values)
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
const numbers = (format: FloatFormat, bytes: Uint8Array): Float64Array => {
  const own = bytes.slice().buffer
  return Float64Array.from(format === "F64" ? new Float64Array(own) : format === "F32" ? new Float32Array(own) : decodeHalves(halfOf[format], new Uint16Array(own)))
}

/** The bytes that a kernel gives. */
const combined = (inputs: readonly { readonly format: FloatFormat; readonly bytes: Uint8Array; readonly coefficient: number }[], additions: Additions, output: FloatFormat, divisor = 1): Uint8Array => {
  const count = (inputs[0]?.bytes.length ?? 0) / formatBytes[inputs[0]?.format ?? "F64"]
  const arena = makeArena()
  arena.reserve(inputs.reduce((sum, { format }) => sum + roomFor(count, formatBytes[format]), roomFor(count, formatBytes[output])))
  const out = arena.take(roomFor(count, formatBytes[output]))
  const terms = inputs.map(({ format, bytes, coefficient }) => {
    const at = arena.take(roomFor(count, formatBytes[format]))
    new Uint8Array(arena.buffer(), at, bytes.length).set(bytes)
    return { at, coefficient }
  })
  arena.combine({ inputs: inputs.map(({ format }) => format), additions, output, divides: divisor !== 1 }, out, count, terms, divisor)
  return new Uint8Array(arena.buffer(), out, count * formatBytes[output]).slice()
}

/** Sizes of every order, zeros, infinities, what lies at and beside the middle of two 16-bit numbers. */
const samples = (seed: string, length: number): Float64Array => {
  const { uniform, below } = random(seed)
  return Float64Array.from({ length }, (_, i) => {
    const kind = below(4 * i, 16)
    if (kind === 0) return [0, -0, Infinity, -Infinity, 2 ** -149, 2 ** -126, 65520, 65519.9, 2 ** -25, 3.4e38, 1e300, -1e-300][below(4 * i + 1, 12)] as number
    const size = 2 ** (kind < 4 ? below(4 * i + 1, 300) - 150 : below(4 * i + 1, 40) - 26)
    const steps = 256 + below(4 * i + 2, 256)
    // Half of them an odd number of half steps of bf16, some a little beside.
    const beside = kind % 3 === 0 ? 1 + (uniform(4 * i + 3) - 0.5) * 2 ** -40 : 1
    return (kind % 2 === 0 ? 1 : -1) * size * (kind < 9 ? (steps / 256) * beside : 1 + uniform(4 * i + 3))
  })
}

const canonical = (format: FloatFormat, bytes: Uint8Array): readonly string[] => [...numbers(format, bytes)].map((x) => (Object.is(x, -0) ? "-0" : String(x)))

describe("kernels", () => {
  it("[F5] read all 65,536 patterns of both 16-bit formats as base/half.ts does", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i)
    for (const format of ["F16", "BF16"] as const) {
      const bytes = combined([{ format, bytes: new Uint8Array(all.buffer), coefficient: 1 }], 0, "F64")
      expect(canonical("F64", bytes)).toEqual([...decodeHalves(halfOf[format], all)].map((x) => (Object.is(x, -0) ? "-0" : String(x))))
    }
  })

  it.each(formats.flatMap((input) => formats.map((output) => [input, output] as const)))("[F5] make %s into %s, rounded once", (input, output) => {
    const bytes = stored(input, samples(`${input}/${output}`, 20_003))
    const made = combined([{ format: input, bytes, coefficient: 1 }], 0, output)
    expect(canonical(output, made)).toEqual(canonical(output, stored(output, numbers(input, bytes))))
  })

  it("[F5] write one NaN, whatever the payloads were", () => {
    const nans = new Uint8Array(Uint16Array.of(0x7f81, 0xffff, 0x7fc1, 0xff90).buffer)
    expect([...new Uint16Array(combined([{ format: "BF16", bytes: nans, coefficient: -2 }], 0, "BF16").buffer)]).toEqual([0x7fc0, 0x7fc0, 0x7fc0, 0x7fc0])
    expect([...new Uint16Array(combined([{ format: "BF16", bytes: nans, coefficient: -2 }], 0, "F16").buffer)]).toEqual([0x7e00, 0x7e00, 0x7e00, 0x7e00])
    expect([...new Uint32Array(combined([{ format: "BF16", bytes: nans, coefficient: -2 }], 0, "F32").buffer)]).toEqual(Array(4).fill(0x7fc00000))
  })

  it("[F5] add up in the order of the tree and divide, as plain loops do", () => {
    const weights = [0.31372, -1.7, 2 ** -30, 1e5]
    const inputs = (["BF16", "F32", "F16", "F64"] as const).map((format, i) => ({ format, bytes: stored(format, samples(`${i}`, 4_001)), coefficient: weights[i] as number }))
    const values = inputs.map(({ format, bytes, coefficient }) => numbers(format, bytes).map((x) => coefficient * x))
    for (const tree of [[[0, 1], [2, 3]], [0, [1, [2, 3]]], [[[3, 1], 2], 0]] as const) {
      const sum = (node: Additions, k: number): number => (typeof node === "number" ? (values[node]?.[k] as number) : sum(node[0], k) + sum(node[1], k))
      for (const output of formats) {
        const expected = stored(output, Float64Array.from({ length: 4_001 }, (_, k) => sum(tree, k) / 0.7))
        expect(canonical(output, combined(inputs, tree, output, 0.7))).toEqual(canonical(output, expected))
      }
    }
  })
})
