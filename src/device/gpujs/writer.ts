/** Small pieces of kernel text: numbers and polynomials. */
import type { Dtype } from "../../base/ndarray.ts"
import type { Backend } from "./dialect.ts"

/** What the text of an op may do besides giving back an expression: name an intermediate value, ask for the backend and the dtype. */
export interface Writer {
  readonly backend: Backend
  /** Of the first operand. */
  readonly dtype: Dtype
  readonly declare: (expression: string) => string
}

/** A finite number as kernel text. */
export const literal = (value: number): string => {
  const text = Number.isInteger(value) ? value.toFixed(1) : `${value}`
  return value < 0 || Object.is(value, -0) ? `(-${text.replace("-", "")})` : text
}

/** A number as kernel text, infinities included. */
export const numberText = (value: number): string => (Number.isFinite(value) ? literal(value) : value > 0 ? "Infinity" : "(-Infinity)")

/** A polynomial, coefficients from the highest power down. */
export const horner = (x: string, coefficients: readonly number[]): string =>
  coefficients.slice(1).reduce((sum, c) => `(${sum} * ${x} + ${literal(c)})`, literal(coefficients[0] ?? 0))
