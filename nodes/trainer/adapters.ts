/**
 * Low-rank adapters of frozen matrices (LoRA, arXiv 2106.09685): `W + A B` in place of W f32 [in, out], with A f32 [in, r] normal
 * of variance 1 / in and B f32 [r, out] zero at the start. They are named `lora/<weight>/a` and `/b`. With r = 2 d / L, adapters of all
 * matrices of L blocks of width d have 18 d r L = 36 d^2 numbers, those of three dense blocks.
 */
import { add, matmul, must, ndarray, zeros, type Expr, type Exprs, type Random, type Tensors } from "#src"

const prefix = "lora/"

/** Of every matrix in `weights`. */
export const initAdapters = (weights: Tensors, rank: number, random: Random): Tensors =>
  Object.fromEntries(
    Object.entries(weights).flatMap(([name, { shape }]) => {
      const [rows = 0, columns] = shape
      if (columns === undefined) return []
      const drawn = random.fork(name).normals(rows * rank).map((x) => x / Math.sqrt(rows))
      return [
        [`${prefix}${name}/a`, ndarray("f32", [rows, rank], drawn)],
        [`${prefix}${name}/b`, zeros("f32", [rank, columns])],
      ]
    }),
  )

/** For each weight that has adapters, its sum with them. */
export const adapted = (adapters: Tensors): { readonly [weight: string]: (given: Exprs) => Expr } =>
  Object.fromEntries(
    Object.keys(adapters)
      .filter((name) => name.endsWith("/a"))
      .map((name) => {
        const weight = name.slice(prefix.length, -2)
        const part = (given: Exprs, of: string): Expr => must(given[of], of)
        return [weight, (given) => add(part(given, weight), matmul(part(given, `${prefix}${weight}/a`), part(given, `${prefix}${weight}/b`)))]
      }),
  )
