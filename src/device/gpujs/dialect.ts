/**
 * What differs between the gpu.js backends when a kernel is written. One kernel text never serves two backends, so each
 * gets the form it runs best.
 */
export type Backend = "webasm" | "cpu" | "webgpu"

export interface Dialect {
  readonly backend: Backend
  /**
   * `grid`: up to three thread axes, so that the outer ones are uniform over the four lanes of a vector.
   * `flat`: one thread axis, because the backend gives back nested arrays (cpu) or bounds the others (webgpu).
   */
  readonly layout: "grid" | "flat"
  /** `let` keeps an integer an integer; elsewhere gpu.js turns such a variable into a float. */
  readonly integerVariables: boolean
  /** Integers below this have exact quotients `(a / b) | 0`. */
  readonly exactQuotientBelow: number
  /** Added to a dividend where division is not correctly rounded (WGSL allows 2.5 ulp). */
  readonly quotientNudge: boolean
  /** Numbers are f64 until they are rounded, which is then written after each op: a value computed twice must be the same twice. */
  readonly roundsByHand: boolean
  /** Whether the same ops on the same numbers give the same bits in every kernel; a WGSL compiler may contract `a * b + c`. */
  readonly repeatable: boolean
  /**
   * How the right operand of a matrix product is to lie (`operands.ts`): in rows, so that neighbouring cells read
   * neighbouring elements; in columns, so that one cell does; or as it comes.
   */
  readonly rightOperand: "rows" | "columns" | "any"
  /** Neighbouring cells that are computed as one vector; 1 where that is not known or not so. */
  readonly lanes: number
  /** Sums that a matrix product or a reduction runs side by side, so that an addition need not wait for the one before it. */
  readonly accumulators: number
  /** Whether infinities may be written in a source; WGSL forbids them, so there they are read from a buffer. */
  readonly infinities: boolean
}

export const dialects: Readonly<Record<Backend, Dialect>> = {
  webasm: {
    backend: "webasm",
    layout: "grid",
    integerVariables: false,
    exactQuotientBelow: 2 ** 24,
    quotientNudge: false,
    roundsByHand: false,
    repeatable: true,
    rightOperand: "rows",
    lanes: 4,
    accumulators: 4,
    infinities: true,
  },
  cpu: {
    backend: "cpu",
    layout: "flat",
    integerVariables: true,
    exactQuotientBelow: 2 ** 31,
    quotientNudge: false,
    roundsByHand: true,
    repeatable: true,
    rightOperand: "columns",
    lanes: 1,
    accumulators: 1,
    infinities: true,
  },
  webgpu: {
    backend: "webgpu",
    layout: "flat",
    integerVariables: false,
    exactQuotientBelow: 1.5e6,
    quotientNudge: true,
    roundsByHand: false,
    repeatable: false,
    rightOperand: "any",
    lanes: 1,
    accumulators: 1,
    infinities: false,
  },
}

/** A WebGPU kernel binds 8 storage buffers by default, one of them its output; the same bound everywhere keeps kernels alike. */
export const maxKernelArguments = 7

/** Integers travel as f32, which holds every integer below this. */
export const largestInteger = 2 ** 24

/**
 * Text of `floor(text / by)` for an integer expression within [0, high], exact below 2^31. Beyond the range of exact
 * float division the rounded quotient is corrected by its remainder, which integers hold exactly: the error of the
 * quotient is below 1024 / by + 1.
 */
export const quotientText = (text: string, high: number, by: number, dialect: Dialect): string => {
  if (by === 1) return text
  if (high < by) return "0"
  const power = Math.log2(by)
  if (Number.isInteger(power)) return `(${text} >> ${power})`
  const near = dialect.quotientNudge ? `(((${text} + 0.5) / ${by}) | 0)` : `((${text} / ${by}) | 0)`
  if (high < dialect.exactQuotientBelow) return near
  const rest = `(${text} - ${near} * ${by})`
  if (by >= 2 ** 19) return `(${near} + (${rest} >> 31) - ((${by - 1} - ${rest}) >> 31))`
  const margin = Math.ceil(1024 / by) + 1
  return `(${near} + ${quotientText(`(${rest} + ${margin * by})`, 2 * margin * by, by, dialect)} - ${margin})`
}

/** Text of the remainder that goes with `quotientText`. */
export const remainderText = (text: string, high: number, by: number, dialect: Dialect): string => {
  if (by === 1) return "0"
  if (high < by) return text
  return Number.isInteger(Math.log2(by)) ? `(${text} & ${by - 1})` : `(${text} - ${quotientText(text, high, by, dialect)} * ${by})`
}
