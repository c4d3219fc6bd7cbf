/**
 * Images in blocks of channels: [N, C, H, W] stored as [N, C / block, H, W, block] under its own shape, as `com.microsoft.nchwc` takes
 * it. onnxruntime's convolutions reach the processor's speed in this form only, and choose it by themselves only for filters that
 * never change.
 */
import type { Shape } from "../../../base/ndarray.ts"
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
