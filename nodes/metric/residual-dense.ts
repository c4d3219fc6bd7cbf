/**
 * A residual dense network for larger pictures (Zhang et al., arXiv 1802.08797), as npm's `@upscalerjs/esrgan-slim` publishes it: one block of two
 * layers that see all before them, and nearest neighbours before the last map. Kernels are f32 [kh, kw, in, out], biases f32 [out], named as there.
 */
import { add, concat, conv2d, must, relu, repeatInterleave, reshape, transpose, type Expr, type Exprs, type Tensors } from "#src"

/** How many times as large a picture becomes: the map before the nearest neighbours has three channels for each pixel that one becomes. */
export const factorOf = (tensors: Tensors): number | undefined => {
  const factor = Math.sqrt((tensors["UPN3/kernel"]?.shape[3] ?? 0) / 3)
  return Number.isInteger(factor) && factor > 0 ? factor : undefined
}

/** Names of the maps, in order. */
export const maps = ["F_m1", "F_0", "F_1_1", "LFF_1", "F_2_1", "LFF_2", "GFF_1", "GFF_2", "UPN1", "UPN2", "UPN3", "SR"] as const

/** f32 [N, 3, H, W] -> f32 [N, 3, factor H, factor W]; colours are from 0 to 1. */
export const residualDense = (weights: Exprs, x: Expr, factor: number): Expr => {
  const map = (name: (typeof maps)[number], y: Expr): Expr => {
    const bias = must(weights[`${name}/bias`], name)
    return add(conv2d(y, transpose(must(weights[`${name}/kernel`], name), [3, 2, 0, 1]), { padding: "same" }), reshape(bias, [1, -1, 1, 1]))
  }
  const dense = (y: Expr, layer: "F_1_1" | "F_2_1", fusion: "LFF_1" | "LFF_2"): Expr => add(map(fusion, concat([y, relu(map(layer, y))], 1)), y)
  const shallow = map("F_m1", x)
  const first = dense(map("F_0", shallow), "F_1_1", "LFF_1")
  const second = dense(first, "F_2_1", "LFF_2")
  const deep = add(map("GFF_2", map("GFF_1", concat([first, second], 1))), shallow)
  const wide = map("UPN3", relu(map("UPN2", relu(map("UPN1", deep)))))
  return map("SR", repeatInterleave(repeatInterleave(wide, factor, 2), factor, 3))
}

