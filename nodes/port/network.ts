/**
 * A classifier made of linear maps with rectifiers between them: what merge methods that need data are tried on. Tensors
 * `layers/<l>/weight` f32 [in, out] and `layers/<l>/bias` f32 [out], l from 0.
 */
import * as t from "io-ts"
import { input, linear, must, relu, tensorsPort, type Expr, type Exprs, type NdArray, type PortValue, type Shape, type Tensors } from "#src"

export const NetworkMeta = t.readonly(
  t.type({
    /** Of the input, the hidden layers and the output. */
    widths: t.readonlyArray(t.number),
  }),
)

export const network = tensorsPort("network", NetworkMeta)
export type Network = PortValue<typeof network>

/** For each tensor of a network one of the same name and shape: how much each weight matters. */
export const importance = tensorsPort("importance", NetworkMeta)

export const layersOf = (widths: readonly number[]): number => widths.length - 1
export const weightName = (layer: number): string => `layers/${layer}/weight`
export const biasName = (layer: number): string => `layers/${layer}/bias`

export const networkShapes = (widths: readonly number[]): { readonly [name: string]: Shape } =>
  Object.fromEntries(
    Array.from({ length: layersOf(widths) }, (_, l) => [
      [weightName(l), [must(widths[l], "width"), must(widths[l + 1], "width")]] as const,
      [biasName(l), [must(widths[l + 1], "width")]] as const,
    ]).flat(),
  )

/** Program inputs for the weights. */
export const networkInputs = (widths: readonly number[], prefix = ""): Exprs =>
  Object.fromEntries(Object.entries(networkShapes(widths)).map(([name, shape]) => [name, input(prefix + name, shape)]))

export interface Forward {
  /** What goes into each linear map, f32 [n, in]. */
  readonly inputs: readonly Expr[]
  /** What comes out of each, before the rectifier, f32 [n, out]; the last are the logits. */
  readonly outputs: readonly Expr[]
  readonly logits: Expr
}

/**
 * @param x f32 [n, widths[0]]
 * @param probe is given each linear map's output and may put another in its place: to measure, or to ask for its gradient
 */
export const networkForward = (widths: readonly number[], weights: Exprs, x: Expr, probe: (output: Expr, layer: number) => Expr = (output) => output): Forward => {
  const layers = layersOf(widths)
  const [inputs, outputs]: [Expr[], Expr[]] = [[], []]
  let h = x
  for (let l = 0; l < layers; l++) {
    inputs.push(h)
    const z = probe(linear(h, must(weights[weightName(l)], weightName(l)), must(weights[biasName(l)], biasName(l))), l)
    outputs.push(z)
    h = l + 1 < layers ? relu(z) : z
  }
  return { inputs, outputs, logits: h }
}

/** Names in a program that holds several networks. */
export const prefixed = (prefix: string, tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, value]) => [prefix + name, value]))

export const tensorOf = (of: { readonly tensors: Tensors }, name: string): NdArray<"f32"> => must(of.tensors[name], name) as NdArray<"f32">
