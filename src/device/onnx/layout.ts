/** Rows of the ops that move elements: shape ops, and gathers with their adjoints. */
import { lowestFloat, sizeOf } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Emit } from "./emit.ts"
import { arg, type Lowered, names, type Row, type Rows } from "./row.ts"

const slice = (emit: Emit, step: Lowered<"slice">): string => {
  const { starts, ends, steps } = step.attrs
  const { name, shape } = arg(step, 0)
  const cut = shape.map((_, axis) => axis).filter((axis) => starts[axis] !== 0 || ends[axis] !== shape[axis] || steps[axis] !== 1)
  if (cut.length === 0) return name
  const on = (values: readonly number[]) => emit.int64(cut.map((axis) => values[axis]!))
  return emit.node("Slice", [name, on(starts), on(ends), emit.int64(cut), on(steps)])
}

type Scattering = "scatter_add" | "scatter_max" | "put_along"

/** Combines `updates` at `indices`, both of one shape, which but for `axis` is the shape of the result. */
const combine = (emit: Emit, step: Lowered<Scattering>, indices: string, updates: string, reduction: "add" | "max"): string => {
  const start = emit.expand(emit.scalar(step.dtype, reduction === "add" ? 0 : lowestFloat), step.shape)
  return emit.node("ScatterElements", [start, indices, updates], { axis: step.attrs.axis, reduction })
}

/**
 * Whole rows are combined, so the index of a row is stretched over its elements. Not `ScatterND`, which takes rows: it
 * spreads the updates over threads, and two that meet in one row would race.
 */
const scatter =
  (reduction: "add" | "max"): Row<"scatter_add" | "scatter_max"> =>
  (emit, step) => {
    const [indices, updates] = [arg(step, 0), arg(step, 1)]
    const { axis } = step.attrs
    const count = sizeOf(indices.shape)
    const rows = step.shape.map((extent, i) => (i === axis ? count : extent))
    const line = emit.expand(emit.reshape(indices.name, step.shape.map((_, i) => (i === axis ? count : 1))), rows)
    return combine(emit, step, line, indices.shape.length === 1 ? updates.name : emit.reshape(updates.name, rows), reduction)
  }

export const layoutRows = {
  reshape: (emit, step) => emit.reshape(arg(step, 0).name, step.attrs.shape),
  transpose: (emit, step) => emit.node("Transpose", names(step), { perm: step.attrs.permutation }),
  broadcast: (emit, step) => emit.expand(arg(step, 0).name, step.attrs.shape),
  slice,
  pad: (emit, step) => {
    const { low, high, value } = step.attrs
    // Also a scalar, which `Pad` refuses.
    if ([...low, ...high].every((n) => n === 0)) return arg(step, 0).name
    return emit.node("Pad", [arg(step, 0).name, emit.int64([...low, ...high]), emit.scalar(step.dtype, value)])
  },
  concat: (emit, step) => emit.node("Concat", names(step), { axis: step.attrs.axis }),
  gather: (emit, step) => emit.node("Gather", names(step), { axis: step.attrs.axis }),
  take_along: (emit, step) => emit.node("GatherElements", names(step), { axis: step.attrs.axis }),
  scatter_add: scatter("add"),
  scatter_max: scatter("max"),
  put_along: (emit, step) => combine(emit, step, arg(step, 0).name, arg(step, 1).name, "add"),
} satisfies Partial<Rows<OpName>>
