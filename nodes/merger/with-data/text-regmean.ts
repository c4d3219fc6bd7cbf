/**
 * RegMean and RegMean++ (`regmean.ts`) on language models. A linear map is whatever the model multiplies by a whole weight, and what goes into it is
 * the other side of that product; all other weights (norms, biases, a trained substrate) are weighted means.
 *
 * RegMean++ goes up the blocks: what goes into a block comes from the blocks merged so far, what goes into the maps inside it from the
 * model's own block on that, as the authors have it.
 */
import { input, linearInputs, makeProgram, matmul, mul, must, ndarray, reshape, withProgram, type Device, type Expr, type NdArray, type Program, type Tensors } from "#src"
import type { Model } from "../../port/model.ts"
import { modelInputs, type ModelInputs } from "../../port/model-inputs.ts"
import type { Substrate } from "../../port/substrate.ts"
import { packWindows, type Window } from "../../port/windows.ts"
import { matrixOf, regmean, weightedMean, type RegMean } from "./regmean.ts"
import { matrix, type Matrix } from "./solve.ts"
import { realTokens, tokensIn } from "./text-windows.ts"

/** Windows looked at at a time. */
const rows = 8

/** Inputs: model and substrate, `input` i32 [rows, context], `real` f32 [rows, context]. Outputs `gram/<weight>` f32 [in, in] of every linear map. */
const programOf = (model: Model, { expressions, logits }: ModelInputs): Program => {
  const [ids, real] = [input("input", [rows, model.meta.context], "i32"), input("real", [rows, model.meta.context])]
  const gram = (x: Expr): Expr => matmul(mul(x, reshape(real, [-1, 1])), x, { transposeA: true })
  const maps = Object.entries(linearInputs(logits(ids), expressions))
  return makeProgram({ inputs: [...Object.values(expressions), ids, real], outputs: Object.fromEntries(maps.map(([name, x]) => [`gram/${name}`, gram(x)])) })
}

/** Gram matrices of what goes into each linear map, means over tokens: summed in f32 over a few windows, over all in f64. */
export const gramsOf = (device: Device, model: Model, substrate: Substrate, windows: readonly Window[], looked: (windows: number) => void): Promise<ReadonlyMap<string, Matrix>> => {
  const inputs = modelInputs(model, substrate)
  return withProgram(device, programOf(model, inputs), inputs.values, async (bound) => {
    const sums = new Map<string, Matrix>()
    const tokens = tokensIn(windows)
    for (let from = 0; from < windows.length; from += rows) {
      looked(from)
      const some = windows.slice(from, from + rows)
      const { context } = model.meta
      const out = await bound.run({ input: packWindows(some, rows, context).input, real: realTokens(some, rows, context) })
      for (const [name, { shape: [n = 0], data }] of Object.entries(out)) {
        const sum = sums.get(name) ?? matrix(n, n)
        data.forEach((x, k) => (sum.data[k]! += (x as number) / tokens))
        sums.set(name, sum)
      }
    }
    return new Map([...sums].map(([name, sum]) => [name.slice("gram/".length), sum]))
  })
}

export interface TextRegMean extends RegMean {
  /** Before each few windows. */
  readonly looked: () => void
}

/** Weights that are merged at once: one block after another, then what is above them. */
const stagesOf = (names: readonly string[], blocks: number): readonly (readonly string[])[] => {
  const inBlocks = Array.from({ length: blocks }, (_, i) => names.filter((name) => name.startsWith(`block/${i}/`)))
  return [...inBlocks, names.filter((name) => !name.startsWith("block/"))]
}

/** RegMean++. `windows[i]` is text that model i is good at. The weights. */
export const textRegmeanPlus = async (device: Device, models: readonly Model[], substrate: Substrate, windows: readonly (readonly Window[])[], options: TextRegMean): Promise<Tensors> => {
  const [first] = models as readonly [Model]
  const mean = (name: string): NdArray => {
    const { shape } = must(first.tensors[name], name)
    return ndarray("f32", shape, weightedMean(models.map(({ tensors }) => must(tensors[name], name).data as Float32Array), options))
  }
  const names = Object.keys(first.tensors)
  let merged: Tensors = Object.fromEntries(names.map((name) => [name, mean(name)]))
  for (const stage of stagesOf(names, first.meta.blocks)) {
    const grams: ReadonlyMap<string, Matrix>[] = []
    for (const [i, model] of models.entries()) {
      const own = Object.fromEntries(stage.flatMap((name) => (name === "substrate" ? [] : [[name, must(model.tensors[name], name)]])))
      grams.push(await gramsOf(device, { ...model, tensors: { ...merged, ...own } }, substrate, must(windows[i], "windows"), options.looked))
    }
    const solved = stage.filter((name) => grams[0]?.has(name)).map((name) => {
      const of = regmean(models.map(({ tensors }) => matrixOf(must(tensors[name], name))), grams.map((all) => must(all.get(name), name)), options)
      return [name, ndarray("f32", [of.rows, of.columns], Float32Array.from(of.data))] as const
    })
    merged = { ...merged, ...Object.fromEntries(solved) }
  }
  return merged
}
