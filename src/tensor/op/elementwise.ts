/** Elementwise ops: arithmetic, comparison and choice. */
import type { Dtype } from "../../base/ndarray.ts"
import type { None } from "./attributes.ts"

export interface ElementwiseOps {
  // elementwise, one f32 (neg, abs, sign also i32)
  readonly neg: None
  readonly abs: None
  readonly sign: None
  readonly exp: None
  readonly log: None
  readonly sqrt: None
  readonly reciprocal: None
  readonly sin: None
  readonly cos: None
  readonly tanh: None
  readonly erf: None
  /** exp(x) - 1, accurate near 0. */
  readonly expm1: None
  /** log(1 + x), accurate near 0. */
  readonly log1p: None
  readonly atan: None
  readonly floor: None
  /** To the nearest whole number; halves to the even one. */
  readonly round: None
  // elementwise, two of equal dtype (f32 or i32), broadcasting
  readonly add: None
  readonly sub: None
  readonly mul: None
  /** f32 only. */
  readonly div: None
  /** f32 only; base and exponent as in IEEE `pow`. */
  readonly pow: None
  /** numpy `remainder`: of the sign of the divisor, f32 or i32; i32 by 0 is 0. */
  readonly mod: None
  /** numpy `floor_divide`, f32 or i32; i32 by 0 is 0. */
  readonly floor_div: None
  readonly max: None
  readonly min: None
  /** i32: bits that both have. */
  readonly bit_and: None
  // comparison and choice, broadcasting; results are bool
  /** Also of bool. */
  readonly eq: None
  readonly lt: None
  readonly le: None
  readonly and: None
  readonly or: None
  readonly not: None
  /** (bool, x, x): `condition ? a : b`. */
  readonly where: None
  /** Floats to integers truncate towards zero; anything to bool is `!= 0`; to f16 and bf16 rounds to the nearest, ties to even. */
  readonly cast: { readonly to: Dtype }
}
