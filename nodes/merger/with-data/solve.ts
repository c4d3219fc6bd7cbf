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
  for (let i = 0; i < a.rows; i++) addRows(out, i, a.data.subarray(i * a.columns, (i + 1) * a.columns), b, 0)
  return out
}

/**
 * Adds to row `at` of `to` rows of `from`, the first of them `first`, each times its factor. The terms of an element are added one after another, in
 * that order; those of four rows in one go, so that `to` is read and written a fourth as often.
 */
const addRows = ({ data: to, columns: m }: Matrix, at: number, factors: Float64Array, { data: from }: Matrix, first: number): void => {
  const row = at * m
  let k = 0
  for (; k + 4 <= factors.length; k += 4) {
    const [f, g, h, i] = [factors[k]!, factors[k + 1]!, factors[k + 2]!, factors[k + 3]!]
    const begins = (first + k) * m
    for (let j = 0; j < m; j++) to[row + j] = to[row + j]! + f * from[begins + j]! + g * from[begins + m + j]! + h * from[begins + 2 * m + j]! + i * from[begins + 3 * m + j]!
  }
  for (; k < factors.length; k++) {
    const [f, begins] = [factors[k]!, (first + k) * m]
    for (let j = 0; j < m; j++) to[row + j]! += f * from[begins + j]!
  }
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
    const pivot = a[j * n + j]!
    minusProducts(a, n, j, j)
    const root = Math.sqrt(Math.max(a[j * n + j]!, pivot * 1e-14 + Number.MIN_VALUE * 2 ** 60))
    a[j * n + j] = root
    let i = j + 1
    for (; i + 4 <= n; i += 4) minusFourProducts(a, n, i, j)
    for (; i < n; i++) minusProducts(a, n, i, j)
    for (i = j + 1; i < n; i++) a[i * n + j]! /= root
  }
}

/** Element (i, j) less the product of what is before it in row i with what is before the diagonal in row j. */
const minusProducts = (a: Float64Array, n: number, i: number, j: number): void => {
  let sum = a[i * n + j]!
  for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!
  a[i * n + j] = sum
}

/** The same of four rows from i on: four sums beside each other, as each addition waits for the one before. */
const minusFourProducts = (a: Float64Array, n: number, i: number, j: number): void => {
  const [r, s, t, u, by] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n, j * n]
  let [w, x, y, z] = [a[r + j]!, a[s + j]!, a[t + j]!, a[u + j]!]
  for (let k = 0; k < j; k++) {
    const f = a[by + k]!
    w -= a[r + k]! * f
    x -= a[s + k]! * f
    y -= a[t + k]! * f
    z -= a[u + k]! * f
  }
  a[r + j] = w
  a[s + j] = x
  a[t + j] = y
  a[u + j] = z
}

/** `(L L^T)^-1 B`: row by row downwards by L, then upwards by its transpose. */
const substitute = (lower: Float64Array, n: number, b: Matrix): Matrix => {
  const x = matrix(n, b.columns, b.data.slice())
  const divide = (i: number): void => {
    const by = lower[i * n + i]!
    for (let at = i * x.columns; at < (i + 1) * x.columns; at++) x.data[at]! /= by
  }
  for (let i = 0; i < n; i++) {
    addRows(x, i, Float64Array.from({ length: i }, (_, k) => -lower[i * n + k]!), x, 0)
    divide(i)
  }
  for (let i = n - 1; i >= 0; i--) {
    addRows(x, i, Float64Array.from({ length: n - 1 - i }, (_, k) => -lower[(i + 1 + k) * n + i]!), x, i + 1)
    divide(i)
  }
  return x
}
