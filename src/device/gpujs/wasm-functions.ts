/**
 * Functions that gpu.js's webasm backend would leave for JavaScript to compute, four times a vector: written out so that
 * a vector stays a vector. Errors are a few units in the last place (checked in the tests).
 */
import { horner, literal, type Writer } from "./writer.ts"

/** ln 2 in two parts, the first short enough that a multiple of it is exact (Cody and Waite). */
const ln2 = [0.693359375, -2.1219444e-4] as const
/** Beyond these the result is infinite, or below the smallest normal number. */
const [lowest, highest] = [-87.9, 88.73]

/**
 * 2^n exp(rest) with |rest| <= ln 2 / 2 and the polynomial of Cephes' expf. The power is the product of those of the digits of n
 * in base two, for kernels cannot write an exponent.
 */
export const exponential = (x: string, { declare }: Writer): string => {
  const n = declare(`Math.floor(${x} * ${literal(Math.LOG2E)} + 0.5)`)
  const rest = declare(`(${x} - ${n} * ${literal(ln2[0])}) - ${n} * ${literal(ln2[1])}`)
  const tail = horner(rest, [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1])
  const value = declare(`${tail} * ${rest} * ${rest} + ${rest} + 1.0`)
  const size = declare(`Math.min(Math.abs(${n}), 127.0)`)
  const digits = [64, 32, 16, 8, 4, 2, 1].map((digit) => `(((${size} | 0) & ${digit}) > 0 ? ${literal(2 ** digit)} : 1.0)`)
  const power = declare(digits.join(" * "))
  const large = declare(`${value} * ${power} * (${n} > 127.5 ? 2.0 : 1.0)`)
  const scaled = declare(`(${n} > 0.0 ? ${large} : ${value} / ${power})`)
  return `(${x} > ${literal(highest)} ? Infinity : (${x} < ${literal(lowest)} ? 0.0 : ${scaled}))`
}

/** An odd rational function on [-7.9, 7.9], where tanh reaches 1 in f32: the approximation of Eigen for f32. */
export const hyperbolicTangent = (a: string, { declare }: Writer): string => {
  const x = declare(`Math.max(${literal(-7.90531110763549805)}, Math.min(${literal(7.90531110763549805)}, ${a}))`)
  const square = declare(`${x} * ${x}`)
  const above = horner(square, [
    -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
  ])
  const below = horner(square, [1.19825839466702e-6, 1.18534705686654e-4, 2.26843463243900e-3, 4.89352518554385e-3])
  return `${x} * ${above} / ${below}`
}
