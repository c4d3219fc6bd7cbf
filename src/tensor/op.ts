/**
 * The closed list of ops: every name, its attributes, and nothing else. Shape and dtype rules are in
 * `infer.ts`, gradient rules in `gradient-rules.ts`, and one lowering a device in `device/`; each of those is a table over
 * `OpName`, so a missing row does not compile. SPEC T1.
 *
 * Elementwise ops with several arguments broadcast as numpy does: shapes aligned at the right, extent 1 stretches.
 */
import type { Dtype, NdArray, Shape } from "../base/ndarray.ts"

type None = { readonly [key: string]: never }
type Axis = { readonly axis: number }
/** `axes` sorted, non-negative, without repeats. */
type Reduce = { readonly axes: readonly number[]; readonly keepDims: boolean }

export interface OpAttrs {
  // -- sources ---------------------------------------------------------------------
  /** A named argument of the program. */
  readonly input: { readonly name: string }
  /** A literal; small (scalars, masks, tables). Compared by content. */
  readonly constant: { readonly value: NdArray }
  /** i32: the index along `axis`, of shape `shape`. */
  readonly iota: { readonly shape: Shape; readonly axis: number }

  // -- elementwise, one f32 (neg, abs, sign also i32) -----------------------------
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
  readonly floor: None

  // -- elementwise, two of equal dtype (f32 or i32), broadcasting --------------------
  readonly add: None
  readonly sub: None
  readonly mul: None
  /** f32 only. */
  readonly div: None
  /** f32 only; base and exponent as in IEEE `pow`. */
  readonly pow: None
  readonly max: None
  readonly min: None

  // -- comparison and choice, broadcasting; results are bool ------------------------
  readonly eq: None
  readonly lt: None
  readonly le: None
  readonly and: None
  readonly or: None
  readonly not: None
  /** (bool, x, x): `condition ? a : b`. */
  readonly where: None
  /** f32 to i32 truncates towards zero; anything to bool is `!= 0`. */
  readonly cast: { readonly to: Dtype }

  // -- linear algebra ----------------------------------------------------------------
  /** [..., m, k] x [..., k, n] -> [..., m, n], f32; batch extents broadcast; a transposed operand is stored [..., k, m] or [..., n, k]. */
  readonly matmul: { readonly transposeA: boolean; readonly transposeB: boolean }

  // -- reductions and scans ------------------------------------------------------------
  /** f32 or i32. */
  readonly reduce_sum: Reduce
  /** f32 or i32. */
  readonly reduce_max: Reduce
  /** i32 index of the first largest element; `axis` removed. */
  readonly argmax: Axis
  /** Inclusive running sum along `axis`, f32. */
  readonly cumsum: Axis
  /** f32, along `axis`, the largest element subtracted first. */
  readonly softmax: Axis
  readonly log_softmax: Axis

  // -- shape ---------------------------------------------------------------------------
  readonly reshape: { readonly shape: Shape }
  readonly transpose: { readonly permutation: readonly number[] }
  readonly broadcast: { readonly shape: Shape }
  /** One entry an axis: elements start, start+step, ... below end; 0 <= start <= end <= extent, step >= 1. */
  readonly slice: { readonly starts: readonly number[]; readonly ends: readonly number[]; readonly steps: readonly number[] }
  readonly pad: { readonly low: readonly number[]; readonly high: readonly number[]; readonly value: number }
  /** Two or more of equal shape except along `axis`. */
  readonly concat: Axis

  // -- indexing (indices are i32 and must be in range) ------------------------------------
  /** (x, indices) -> x.shape[0..axis) + indices.shape + x.shape(axis..]. */
  readonly gather: Axis
  /** Adjoint of gather: (indices, updates) -> zeros of extent `size` along `axis`, updates added where they were taken. */
  readonly scatter_add: { readonly axis: number; readonly size: number }
  /** numpy take_along_axis: (x, indices of x's shape except along `axis`) -> indices.shape. */
  readonly take_along: Axis
  /** Adjoint of take_along: (indices, updates) -> zeros of extent `size` along `axis`, updates added. */
  readonly put_along: { readonly axis: number; readonly size: number }

  // -- autodiff ------------------------------------------------------------------------
  /** Identity whose gradient is zero. */
  readonly stop_gradient: None
}

export type OpName = keyof OpAttrs
