/** Weighted sums in whole numbers: what no rounding but the last has touched. */
import { decodeHalves } from "../../../src/base/half.ts"

/** `sum w x` of the pairs given, rounded once to the nearest bf16, ties to even, subnormals kept; below what bf16 can hold. A sum of 0 is +0. */
export const exactBf16 = (...terms: readonly (readonly [weight: number, value: number])[]): number => {
  const products = terms.map(([w, x]) => times(w, x))
  const power = Math.min(...products.map((product) => product.power))
  const sum = products.reduce((all, product) => all + (product.whole << BigInt(product.power - power)), 0n)
  const sign = sum < 0n ? 0x8000 : 0
  const size = sum < 0n ? -sum : sum
  if (size === 0n) return 0
  const cut = BigInt(Math.max(size.toString(2).length - 8, leastPower - power))
  if (cut < 0n) return sign | bf16Bits(Number(size) * 2 ** power)
  let top = size >> cut
  const rest = 2n * (size - (top << cut))
  const one = 1n << cut
  if (rest > one || (rest === one && (top & 1n) === 1n)) top++
  return sign | bf16Bits(Number(top) * 2 ** (power + Number(cut)))
}

/** Of the last bit of subnormals. */
const leastPower = -133

const bf16Bits = (exact: number): number => {
  const bits = new Uint32Array(Float32Array.of(exact).buffer)[0]! >>> 16
  if (!Object.is(decodeHalves("bf16", Uint16Array.of(bits))[0], exact)) throw new Error(`${exact} is no bf16`)
  return bits
}

/** An exact product as a whole number times a power of two. */
const times = (x: number, y: number): { readonly whole: bigint; readonly power: number } => {
  const [a, b] = [parts(x), parts(y)]
  return { whole: a.whole * b.whole, power: a.power + b.power }
}
const parts = (x: number): { readonly whole: bigint; readonly power: number } => {
  if (x === 0) return { whole: 0n, power: 0 }
  const power = Math.floor(Math.log2(Math.abs(x))) - 60
  return { whole: BigInt(x * 2 ** -power), power }
}
