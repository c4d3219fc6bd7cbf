/** Batch rules: ops that move or repeat elements. */
import { apply } from "../apply.ts"
import { broadcastTo, concat, pad, reshape, transpose } from "../reshape.ts"
import { aligned, spread, type Rules } from "./rule.ts"
import type { LayoutOps } from "../op/layout.ts"

export const layoutRules: Rules<LayoutOps> = {
  reshape: ({ a, attrs: { shape }, size }) => reshape(a.x, [size, ...shape]),
  transpose: ({ a, attrs: { permutation } }) => transpose(a.x, [0, ...permutation.map((axis) => axis + 1)]),
  broadcast: ({ a, attrs: { shape }, size }) => broadcastTo(aligned(a, shape.length), [size, ...shape]),
  slice: ({ a, attrs: { starts, ends, steps }, size }) =>
    apply("slice", [a.x], { starts: [0, ...starts], ends: [size, ...ends], steps: [1, ...steps] }),
  pad: ({ a, attrs: { low, high, value } }) => pad(a.x, [0, ...low], [0, ...high], value),
  concat: ({ args, attrs: { axis }, size }) =>
    concat(
      args.map((arg) => spread(arg, size)),
      axis + 1,
    ),
}
