/** Generated cases: ops without operands. */
import type { SourceOps } from "../../../../src/tensor/op/source.ts"
import { anyDtype, type GeneratedTable, movable, pick, row, shape, within } from "./arbitrary.ts"

export const source: GeneratedTable<SourceOps> = {
  input: row({ shape: shape(), dtype: anyDtype }, ({ shape, dtype }, random) => ({ attrs: { name: "given" }, args: [movable(random, shape, dtype)] })),
  constant: row({ shape: shape(), dtype: anyDtype }, ({ shape, dtype }, random) => ({ attrs: { value: movable(random, shape, dtype) }, args: [] })),
  iota: row({ shape: shape({ rank: [1, 4] }), pick }, ({ shape, pick }) => ({ attrs: { shape, axis: within(pick, shape.length) }, args: [] })),
}
