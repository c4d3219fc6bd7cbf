/**
 * A classifier that listens to layers of a frozen network (LEVI, arXiv 2402.04644): the hidden features of each layer, normalised, and those of a
 * small network of its own go into a head each, and the heads' logits are averaged. Tensors: the frozen network's under `frozen/`,
 * the small one's under `small/`, heads `head/<layer>/weight` f32 [features, classes] and `head/<layer>/bias` f32 [classes].
 */
import * as t from "io-ts"
import { add, concat, div, linear, mean, mul, must, relu, sqrt, sub, tensorsPort, type Expr, type Exprs, type PortValue, type Shape } from "#src"
import { layersOf, networkForward, networkShapes } from "./network.ts"

export const layerEnsemble = tensorsPort(
  "layer-ensemble",
  t.readonly(t.type({
    /** Of the frozen network. */
    widths: t.readonlyArray(t.number),
    /** Of the small one, which ends with its features. */
    small: t.readonlyArray(t.number),
  })),
)
export type LayerEnsemble = PortValue<typeof layerEnsemble>

/** Layers of the frozen network that have a head: all hidden ones. */
export const headsOf = (widths: readonly number[]): readonly number[] => Array.from({ length: layersOf(widths) - 1 }, (_, l) => l + 1)

/** Shapes of what is trained. */
export const ensembleShapes = ({ widths, small }: LayerEnsemble["meta"]): { readonly [name: string]: Shape } => {
  const classes = must(widths.at(-1), "classes")
  return {
    ...Object.fromEntries(Object.entries(networkShapes(small)).map(([name, shape]) => [`small/${name}`, shape])),
    ...Object.fromEntries(headsOf(widths).flatMap((l): [string, Shape][] => [[`head/${l}/weight`, [must(widths[l], "width") + must(small.at(-1), "width"), classes]], [`head/${l}/bias`, [classes]]])),
  }
}

const under = (x: Exprs, prefix: string, widths: readonly number[]): Exprs => Object.fromEntries(Object.keys(networkShapes(widths)).map((name) => [name, must(x[prefix + name], prefix + name)]))

/** Mean 0 and variance 1 over the features of an example: layers differ in scale. */
const normalised = (features: Expr): Expr => {
  const centred = sub(features, mean(features, -1, true))
  return div(centred, sqrt(add(mean(mul(centred, centred), -1, true), 1e-6)))
}

/** Logits f32 [n, classes] of each head. @param x f32 [n, widths[0]] */
export const ensembleLogits = ({ widths, small }: LayerEnsemble["meta"], weights: Exprs, x: Expr): readonly Expr[] => {
  const frozen = networkForward(widths, under(weights, "frozen/", widths), x)
  const own = normalised(relu(networkForward(small, under(weights, "small/", small), x).logits))
  return headsOf(widths).map((l) => linear(concat([normalised(must(frozen.inputs[l], "features")), own], -1), must(weights[`head/${l}/weight`], "head"), must(weights[`head/${l}/bias`], "head")))
}
