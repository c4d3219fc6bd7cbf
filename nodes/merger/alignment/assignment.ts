/**
 * The linear assignment problem: which row goes to which column so that the sum of gains is largest. Shortest augmenting paths with
 * dual variables (Jonker & Volgenant, Computing 38, 1987), O(n^3), exact; of equal solutions always the same.
 */
import { assert } from "#src"

/** @param gain [n, n] row-major @returns the column of each row */
export const assign = (gain: Float64Array, n: number): readonly number[] => {
  assert(gain.length === n * n, `${n} x ${n} gains, got ${gain.length}`)
  // Columns and rows count from 1; 0 is where a path begins.
  const [u, v] = [new Float64Array(n + 1), new Float64Array(n + 1)]
  const rowOf = new Int32Array(n + 1)
  const way = new Int32Array(n + 1)
  for (let row = 1; row <= n; row++) {
    rowOf[0] = row
    let column = 0
    const least = new Float64Array(n + 1).fill(Infinity)
    const used = new Uint8Array(n + 1)
    do {
      used[column] = 1
      const from = rowOf[column]!
      let [delta, next] = [Infinity, 0]
      for (let j = 1; j <= n; j++) {
        if (used[j] === 1) continue
        const slack = -gain[(from - 1) * n + j - 1]! - u[from]! - v[j]!
        if (slack < least[j]!) {
          least[j] = slack
          way[j] = column
        }
        if (least[j]! < delta) {
          delta = least[j]!
          next = j
        }
      }
      for (let j = 0; j <= n; j++) {
        if (used[j] === 1) {
          u[rowOf[j]!]! += delta
          v[j]! -= delta
        } else least[j]! -= delta
      }
      column = next
    } while (rowOf[column] !== 0)
    do {
      const before = way[column]!
      rowOf[column] = rowOf[before]!
      column = before
    } while (column !== 0)
  }
  const columns = new Array<number>(n).fill(0)
  for (let j = 1; j <= n; j++) columns[rowOf[j]! - 1] = j - 1
  return columns
}
