/**
 * Least squares by its normal equations, `(G + r I) W = C + r W_0`: the W closest to `G^-1 C`, and to W_0 where G says nothing.
 * Cholesky in f64.
 */
import { assert } from "#src"

/** Row-major. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

export const matrix = (rows: number, columns: number, data: ArrayLike<number> = new Float64Array(rows * columns)): Matrix => {
  assert(data.length === rows * columns, `${rows} x ${columns} numbers, got ${data.length}`)
  return { rows, columns, data: data instanceof Float64Array ? data : Float64Array.from(data) }
}

/** `A B`. */
export const product = (a: Matrix, b: Matrix): Matrix => {
  assert(a.columns === b.rows, `[${a.rows}, ${a.columns}] times [${b.rows}, ${b.columns}]`)
  const out = matrix(a.rows, b.columns)
  for (let i = 0; i < a.rows; i++) {
    const row = out.data.subarray(i * b.columns, (i + 1) * b.columns)
    for (let k = 0; k < a.columns; k++) {
      const by = a.data[i * a.columns + k]!
      if (by === 0) continue
      const from = k * b.columns
      for (let j = 0; j < row.length; j++) row[j]! += by * b.data[from + j]!
    }
  }
  return out
}

export const transposed = (a: Matrix): Matrix => {
  const out = matrix(a.columns, a.rows)
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) out.data[j * a.rows + i] = a.data[i * a.columns + j]!
  return out
}

/** Sum of matrices of one shape, each times a number. */
export const sumOf = (terms: readonly (readonly [by: number, of: Matrix])[]): Matrix => {
  const [[, first]] = terms as [readonly [number, Matrix]]
  const out = matrix(first.rows, first.columns)
  for (const [by, { data }] of terms) for (let k = 0; k < out.data.length; k++) out.data[k]! += by * data[k]!
  return out
}

/** `(G + r I)^-1 (C + r W_0)`, r = `ridge` times the mean of G's diagonal. `G` [n, n] symmetric, `C` and `W_0` [n, m]. */
export const solve = (g: Matrix, c: Matrix, near: Matrix, ridge: number): Matrix => {
  const n = g.rows
  let trace = 0
  for (let i = 0; i < n; i++) trace += g.data[i * n + i]!
  // Something must be there to divide by where G is all 0.
  const r = (ridge * trace) / n || Number.MIN_VALUE * 2 ** 60
  const lower = g.data.slice()
  for (let i = 0; i < n; i++) lower[i * n + i]! += r
  cholesky(lower, n)
  return substitute(lower, n, sumOf([[1, c], [r, near]]))
}

/** `A = L L^T`; the lower triangle is overwritten by L. A pivot that rounding has made less than nothing counts as the least there is. */
const cholesky = (a: Float64Array, n: number): void => {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j]!
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!
      if (i === j) a[j * n + j] = Math.sqrt(Math.max(sum, a[j * n + j]! * 1e-14 + Number.MIN_VALUE * 2 ** 60))
      else a[i * n + j] = sum / a[j * n + j]!
    }
  }
}

const substitute = (lower: Float64Array, n: number, b: Matrix): Matrix => {
  const x = matrix(n, b.columns, b.data.slice())
  const m = b.columns
  const take = (i: number, k: number, by: number): void => {
    for (let j = 0; j < m; j++) x.data[i * m + j]! -= by * x.data[k * m + j]!
  }
  const divide = (i: number): void => {
    for (let j = 0; j < m; j++) x.data[i * m + j]! /= lower[i * n + i]!
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) take(i, k, lower[i * n + k]!)
    divide(i)
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) take(i, k, lower[k * n + i]!)
    divide(i)
  }
  return x
}
