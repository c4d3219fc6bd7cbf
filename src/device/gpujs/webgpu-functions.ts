/**
 * Functions that WGSL leaves too coarse or undefined, written out for the webgpu backend: sine and cosine (whose
 * error WGSL only bounds by 2^-11) and powers of negative bases (which it does not define).
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
