/**
 * Functions that WGSL leaves too coarse or undefined, written out for the webgpu backend: sine and cosine (whose
 * error WGSL only bounds by 2^-11), arc tangent (4096 ulp), powers of negative bases (which it does not define), and
 * exp(x) - 1 and log(1 + x) near 0 (which it does not have).
 */
import { horner, literal, type Writer } from "./writer.ts"

/** pi / 2 in three parts, the first two short enough that a multiple of them is exact (Cody and Waite). */
const halfPi = [1.5703125, 4.837512969970703e-4, 7.549789948768648e-8] as const

/**
 * sin(x + turns * pi / 2): x is brought to [-pi/4, pi/4] and the polynomial of that quarter is chosen (coefficients
 * of Cephes' sinf and cosf). Within 1e-6 for |x| up to a few thousand.
 */
const quarterWave = (x: string, turns: number, { declare }: Writer): string => {
  const quarters = declare(`Math.floor(${x} * ${literal(2 / Math.PI)} + 0.5)`)
  const rest = declare(halfPi.reduce((text, part) => `(${text} - ${quarters} * ${literal(part)})`, x))
  const square = declare(`${rest} * ${rest}`)
  const oddTail = horner(square, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])
  const evenTail = horner(square, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])
  const odd = declare(`${rest} + ${rest} * ${square} * ${oddTail}`)
  const even = declare(`1.0 - 0.5 * ${square} + ${square} * ${square} * ${evenTail}`)
  const phase = declare(`${quarters} + ${literal(turns)}`)
  const quarter = declare(`${phase} - 4.0 * Math.floor(${phase} * 0.25)`)
  const value = declare(`(${quarter} == 0.0 ? ${odd} : (${quarter} == 2.0 ? ${odd} : ${even}))`)
  return `(${quarter} > 1.5 ? (-${value}) : ${value})`
}

export const sine = (x: string, writer: Writer): string => quarterWave(x, 0, writer)

export const cosine = (x: string, writer: Writer): string => quarterWave(x, 1, writer)

/** The sign comes back from the parity of an integer exponent; other exponents give NaN for negative bases, as IEEE `pow` does. */
export const power = (base: string, exponent: string, { declare }: Writer): string => {
  const size = declare(`Math.pow(Math.abs(${base}), ${exponent})`)
  const parity = declare(`${exponent} - 2.0 * Math.floor(${exponent} * 0.5)`)
  const negative = declare(`(${parity} == 1.0 ? (-${size}) : (${parity} == 0.0 ? ${size} : Math.sqrt(${base})))`)
  return `(${base} < 0.0 ? ${negative} : ${size})`
}

/**
 * Cephes' atanf: |x| is brought below tan(pi/8) by atan(x) = pi/2 - atan(1/x) = pi/4 + atan((x-1)/(x+1)), then a polynomial.
 */
export const arcTangent = (x: string, { declare }: Writer): string => {
  const size = declare(`Math.abs(${x})`)
  const [far, middle] = [`${size} > 2.414213562373095`, `${size} > 0.4142135623730950`]
  const start = declare(`(${far} ? ${literal(Math.PI / 2)} : (${middle} ? ${literal(Math.PI / 4)} : 0.0))`)
  const rest = declare(`(${far} ? ((-1.0) / ${size}) : (${middle} ? ((${size} - 1.0) / (${size} + 1.0)) : ${size}))`)
  const square = declare(`${rest} * ${rest}`)
  const tail = horner(square, [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1])
  const angle = declare(`${start} + (${rest} + ${rest} * ${square} * ${tail})`)
  return `(${x} < 0.0 ? (-${angle}) : ${angle})`
}

/** Taylor's series for |x| < 1/2, whose ninth term is below 1e-8 of the sum. */
export const expMinusOne = (x: string, { declare }: Writer): string => {
  const series = declare(`${x} * ${horner(x, [1 / 40320, 1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1])}`)
  return `(Math.abs(${x}) < 0.5 ? ${series} : (Math.exp(${x}) - 1.0))`
}

/** 2 atanh(s) with s = x / (x + 2) for |x| < 1/2, its series up to s^15. */
export const logOnePlus = (x: string, { declare }: Writer): string => {
  const ratio = declare(`${x} / (${x} + 2.0)`)
  const square = declare(`${ratio} * ${ratio}`)
  const series = declare(`${ratio} * ${horner(square, [2 / 15, 2 / 13, 2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2])}`)
  return `(Math.abs(${x}) < 0.5 ? ${series} : Math.log(1.0 + ${x}))`
}
