/**
 * Images in blocks of channels: [N, C, H, W] stored as [N, C / block, H, W, block] under its own shape, as `com.microsoft.nchwc` takes
 * it. onnxruntime's convolutions reach the processor's speed in this form only, and choose it by themselves only for filters that
 * never change.
 */
import { ndarray, type Shape, sizeOf } from "../../../base/ndarray.ts"
import type { Emit } from "../emit.ts"
import type { Value } from "../row.ts"

export type Four = readonly [number, number, number, number]

/** How the elements of a value lie in memory: in the order of its axes, or in blocks of channels. */
export type Form = "plain" | "blocked"

/** onnxruntime's operators on blocked images, in its builds for processors that have a block. */
export const nchwc = "com.microsoft.nchwc"

export const isFour = (shape: Shape): shape is Four => shape.length === 4

/** Whether a value of this shape has a blocked form. */
export const hasBlocks = (shape: Shape, block: number): shape is Four => isFour(shape) && shape.every((n) => n > 0) && shape[1] % block === 0

/** The axes of a blocked image as it lies in memory. */
export const inBlocks = ([n, c, h, w]: Four, block: number): Shape => [n, c / block, h, w, block]

/** The reorders know f32 alone. */
const asFloats = (emit: Emit, { name, dtype }: Value, reorder: (value: string) => string): string =>
  dtype === "f32" ? reorder(name) : emit.cast(reorder(emit.cast(name, "f32")), dtype)

export const toBlocked = (emit: Emit, value: Value): string => asFloats(emit, value, (name) => emit.node("ReorderInput", [name], {}, nchwc))

export const toPlain = (emit: Emit, value: Value): string =>
  asFloats(emit, value, (name) => emit.node("ReorderOutput", [name], { channels: value.shape[1]! }, nchwc))

/** [N, C, P] as [N, C / block, P, block], of any places P: how plain images become blocked, threads share it. */
export const gathered = (emit: Emit, value: string, n: number, channels: number, places: number): string =>
  emit.node("ReorderInput", [emit.reshape(value, [n, channels, 1, places])], {}, nchwc)

/** [N, C / block, P, block] as [N, C, P]. */
export const scattered = (emit: Emit, value: string, n: number, channels: number, places: number): string =>
  emit.node("ReorderOutput", [emit.reshape(value, [n, channels, 1, places])], { channels }, nchwc)

/** [N, P, Q, block] as [N, Q, P, block]. */
export const turned = (emit: Emit, value: string, n: number, p: number, q: number): string =>
  p === 1 || q === 1 ? value : emit.node("ReorderInput", [emit.reshape(value, [n, 1, p, q * emit.block])], { channels_last: 1 }, nchwc)

/** Rows of the axis behind `outer`, of `length` elements each, in another order. `Gather` is shared by threads, `Transpose` is not. */
export const picked = (emit: Emit, value: string, [outer, rows, length]: readonly [number, number, number], order: readonly number[]): string => {
  const indices = emit.constant(ndarray("i32", [order.length], Int32Array.from(order)))
  return emit.node("Gather", [emit.reshape(value, [outer, rows, length]), indices], { axis: 1 })
}

/** `f` of every place of an array of these extents, the last axis fastest. */
export const everyPlace = (extents: Shape, f: (at: Shape) => number): readonly number[] =>
  Array.from({ length: sizeOf(extents) }, (_, flat) => {
    const at = [...extents]
    for (let axis = extents.length - 1, rest = flat; axis >= 0; axis--) {
      at[axis] = rest % extents[axis]!
      rest = Math.floor(rest / extents[axis]!)
    }
    return f(at)
  })
