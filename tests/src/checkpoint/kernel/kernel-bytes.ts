/** Kernels run on bytes: numbers stored in any format, what a formula makes of them, and numbers of every size to try. */
import { decodeHalves, encodeHalves } from "../../../../src/base/half.ts"
import { random } from "../../../../src/base/random.ts"
import { makeArena, roomFor, type Arena } from "../../../../src/checkpoint/kernel/arena.ts"
import type { Element } from "../../../../src/checkpoint/kernel/element.ts"
import { formatBytes, type FloatFormat } from "../../../../src/checkpoint/kernel/float-format.ts"

export const halfOf = { F16: "f16", BF16: "bf16" } as const

export const stored = (format: FloatFormat, values: Float64Array): Uint8Array => {
  const array = format === "F64" ? values : format === "F32" ? Float32Array.from(values) : encodeHalves(halfOf[format], values)
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
export const numbers = (format: FloatFormat, bytes: Uint8Array): Float64Array => {
  const own = bytes.slice().buffer
  return Float64Array.from(format === "F64" ? new Float64Array(own) : format === "F32" ? new Float32Array(own) : decodeHalves(halfOf[format], new Uint16Array(own)))
}

export interface Stored {
  readonly format: FloatFormat
  readonly bytes: Uint8Array
}

/** The bytes that a kernel gives, and whether it tells of a NaN or an infinity. */
export const run = (inputs: readonly Stored[], formula: Element, output: FloatFormat, arena = makeArena()): { readonly bytes: Uint8Array; readonly isSpecial: boolean } => {
  const count = (inputs[0]?.bytes.length ?? 0) / formatBytes[inputs[0]?.format ?? "F64"]
  const { out, at } = placed(arena, inputs, roomFor(count, formatBytes[output]))
  const isSpecial = arena.elements({ inputs: inputs.map(({ format }) => format), formula, output }, out, count, at)
  return { bytes: new Uint8Array(arena.buffer(), out, count * formatBytes[output]).slice(), isSpecial }
}
export const made = (...given: Parameters<typeof run>): Uint8Array => run(...given).bytes

export const placed = (arena: Arena, inputs: readonly Stored[], room: number) => {
  arena.reserve(inputs.reduce((sum, { bytes, format }) => sum + bytes.length + roomFor(0, formatBytes[format]) + 64, room + 4096))
  const out = arena.take(room)
  const at = inputs.map(({ format, bytes }) => {
    const region = arena.take(bytes.length + roomFor(0, formatBytes[format]))
    new Uint8Array(arena.buffer(), region, bytes.length).set(bytes)
    return region
  })
  return { out, at }
}

/** Sizes of every order, zeros, infinities, what lies at and beside the middle of two 16-bit numbers. */
export const samples = (seed: string, length: number): Float64Array => {
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

export const canonical = (format: FloatFormat, bytes: Uint8Array): readonly string[] => [...numbers(format, bytes)].map((x) => (Object.is(x, -0) ? "-0" : String(x)))
