/** Values that are rows: one row a token, the same columns in every part. */
import { must, zeros, type NdArray, type Shape, type TensorsValue } from "#src"

/** The parts one after another. `empty` is what no parts make. */
export const joinRows =
  <Meta>(empty: TensorsValue<Meta>) =>
  (parts: readonly TensorsValue<Meta>[]): TensorsValue<Meta> => {
    const [first] = parts
    if (first === undefined || parts.length === 1) return first ?? empty
    const columns = Object.keys(first.tensors).map((name) => [name, joinColumn(parts.map(({ tensors }) => must(tensors[name], name)))] as const)
    return { meta: first.meta, tensors: Object.fromEntries(columns) }
  }

/** Arrays that differ at most in their first extent, one after another; at least one. */
export const joinColumn = (columns: readonly NdArray[]): NdArray => {
  const { dtype, shape } = must(columns[0], "column")
  const rows: Shape = [columns.reduce((sum, column) => sum + (column.shape[0] ?? 0), 0), ...shape.slice(1)]
  const all = zeros(dtype, rows)
  let at = 0
  for (const column of columns) {
    all.data.set(column.data, at)
    at += column.data.length
  }
  return all
}
