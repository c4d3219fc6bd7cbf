/** Attributes that several ops have. */

export type None = { readonly [key: string]: never }
export type Axis = { readonly axis: number }
/** `axes` sorted, non-negative, without repeats. */
export type Reduce = { readonly axes: readonly number[]; readonly keepDims: boolean }
