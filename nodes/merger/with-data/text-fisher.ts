/**
 * The diagonal Fisher information of a language model, a mean over tokens: `F = E_x E_{y ~ p(y|x)} (d log p(y|x) / d theta)^2`, x what was read
 * and y the next token (Matena & Raffel, arXiv 2111.09832).
 *
 * `sampled` draws y from the model at every place of a window and squares the gradient of the window's sum: of drawn tokens the mixed terms are 0
 * in the mean, so it is right in the mean without a gradient for every token of the vocabulary. `text` takes y from the text, the
 * "empirical" Fisher information, which is another quantity (Kunstner et al., arXiv 1905.12558).
 */
import {
  categorical, gradients, input, logProbability, makeProgram, mul, must, ndarray, randomKey, reduceSum, square, stopGradient, withProgram, type Device, type Program, type Random, type Tensors,
} from "#src"
import type { Model } from "../../port/model.ts"
import { modelInputs, type ModelInputs } from "../../port/model-inputs.ts"
import type { Substrate } from "../../port/substrate.ts"
import { packWindows, type Window } from "../../port/windows.ts"
import { realTokens, tokensIn } from "./text-windows.ts"

export const nextTokens = ["sampled", "text"] as const
export type NextTokens = (typeof nextTokens)[number]

/** Of one window. Inputs: model and substrate, `input` i32 [1, context], `real` f32 [1, context], and `target` or a `key`. Outputs `fisher/<weight>`. */
const programOf = (rule: NextTokens, model: Model, { expressions, logits }: ModelInputs): Program => {
  const [ids, target, real, key] = [input("input", [1, model.meta.context], "i32"), input("target", [1, model.meta.context], "i32"), input("real", [1, model.meta.context]), input("key", [4], "i32")]
  const said = logits(ids)
  const next = rule === "text" ? target : categorical(key, stopGradient(said))
  const weights = Object.keys(model.tensors)
  const slopes = gradients(reduceSum(mul(logProbability(said, next), real)), weights.map((name) => must(expressions[name], name)))
  return makeProgram({
    inputs: [...Object.values(expressions), ids, real, rule === "text" ? target : key],
    outputs: Object.fromEntries(slopes.map((slope, i) => [`fisher/${weights[i]}`, square(slope)])),
  })
}

export interface TextFisher {
  readonly rule: NextTokens
  readonly random: Random
  /** Before each window. */
  readonly looked: (windows: number) => void
}

/** f32, for every weight. */
export const textFisher = (device: Device, model: Model, substrate: Substrate, windows: readonly Window[], { rule, random, looked }: TextFisher): Promise<Tensors> => {
  const inputs = modelInputs(model, substrate)
  return withProgram(device, programOf(rule, model, inputs), inputs.values, async (bound) => {
    const sums = Object.fromEntries(Object.entries(model.tensors).map(([name, { data }]) => [name, new Float64Array(data.length)]))
    const tokens = tokensIn(windows)
    for (const [i, window] of windows.entries()) {
      looked(i)
      const { input: ids, target } = packWindows([window], 1, model.meta.context)
      const out = await bound.run({ input: ids, real: realTokens([window.ids.length], 1, model.meta.context), ...(rule === "text" ? { target } : { key: randomKey(random.fork(`${i}`)) }) })
      for (const [name, sum] of Object.entries(sums)) must(out[`fisher/${name}`], name).data.forEach((x, k) => (sum[k]! += x as number))
    }
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, ndarray("f32", must(model.tensors[name], name).shape, Float32Array.from(sum, (x) => x / tokens))]))
  })
}
