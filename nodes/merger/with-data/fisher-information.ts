/**
 * The diagonal Fisher information of a classifier, as a program over a batch of examples.
 *
 * `exact` (Matena & Raffel, arXiv 2111.09832): `F = E_x E_{y ~ p(y|x)} (d log p(y|x) / d theta)^2`, for each example and class by
 * itself. A weight of a linear map has, for one example, the gradient (input)(slope at the output), so its square is a product of
 * squares and the sum over a batch one matrix product: no gradient of a single example is ever made.
 *
 * `mergelm` is what MergeLM and FusionBench compute under this name, `(d/d theta sum_x sum_y sqrt(p) log p)^2` with p held fixed, which is
 * another quantity: examples and classes cancel in it, so that it is 0 where a model is least sure, and depends on how
 * examples are batched.
 */
import {
  add, exp, gradients, input, logSoftmax, makeProgram, matmul, must, mul, reduceSum, reshape, slice, sqrt, square, stopGradient, zeros, withProgram,
  constant, expandDims, type Device, type Expr, type Exprs, type Program, type Tensors,
} from "#src"
import { batchesOf, countOf, pick, unitInputs, widthOf, type Examples } from "../../port/examples.ts"
import { biasName, layersOf, networkForward, networkInputs, weightName, type Network } from "../../port/network.ts"

export const fisherRules = ["exact", "mergelm"] as const
export type FisherRule = (typeof fisherRules)[number]

/** Inputs: the weights, `input` u8 [rows, width], `real` f32 [rows], 1 for examples that count. Outputs: `fisher/<name>`, a sum over them for each weight. */
const programOf = (rule: FisherRule, widths: readonly number[], rows: number, width: number): Program => {
  const weights = networkInputs(widths)
  const [x, counts] = [input("input", [rows, width], "u8"), input("real", [rows])]
  const sums = rule === "exact" ? exact(widths, weights, x, counts) : batched(widths, weights, x, counts)
  // Under names of their own: outputs with the names of bound inputs would replace them.
  const outputs = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [`fisher/${name}`, sum]))
  return makeProgram({ inputs: [...Object.values(weights), x, counts], outputs })
}

const exact = (widths: readonly number[], weights: Exprs, x: Expr, counts: Expr): Exprs => {
  const rows = x.shape[0] as number
  // The slope of each example at each linear map is the gradient at a zero that is added there.
  const zero = Array.from({ length: layersOf(widths) }, (_, l) => mul(reshape(counts, [rows, 1]), constant(zeros("f32", [1, widths[l + 1] as number]))))
  const { inputs, logits } = networkForward(widths, weights, unitInputs(x), (output, l) => add(output, zero[l] as Expr))
  const logp = logSoftmax(logits)
  const classes = widths.at(-1) as number
  const sums: Exprs[] = Array.from({ length: classes }, (_, y) => {
    const column = reshape(slice(logp, { axis: 1, start: y, end: y + 1 }), [rows])
    const share = mul(exp(stopGradient(column)), counts)
    const slopes = gradients(reduceSum(column), zero)
    return Object.assign({}, ...slopes.map((slope, l) => {
      const squares = mul(square(slope), expandDims(share, 1))
      return { [weightName(l)]: matmul(square(inputs[l] as Expr), squares, { transposeA: true }), [biasName(l)]: reduceSum(squares, 0) }
    })) as Exprs
  })
  return sums.reduce((a, b) => Object.fromEntries(Object.entries(a).map(([name, sum]) => [name, add(sum, must(b[name], name))])))
}

const batched = (widths: readonly number[], weights: Exprs, x: Expr, counts: Expr): Exprs => {
  const rows = x.shape[0] as number
  const logp = logSoftmax(networkForward(widths, weights, unitInputs(x)).logits)
  const fixed = stopGradient(sqrt(exp(logp)))
  const loss = reduceSum(mul(mul(fixed, logp), reshape(counts, [rows, 1])))
  const names = Object.keys(weights)
  return Object.fromEntries(gradients(loss, names.map((name) => weights[name] as Expr)).map((slope, i) => [names[i] as string, square(slope)]))
}

/** Mean over the examples, f32, for every weight. `looked` is told before each `rows` of them how many are done; what it throws ends the work. */
export const fisherInformation = async (device: Device, rule: FisherRule, { meta: { widths }, tensors }: Network, data: Examples, rows: number, looked?: (examples: number) => void): Promise<Tensors> => {
  const program = programOf(rule, widths, rows, widthOf(data))
  return withProgram(device, program, tensors, async (bound) => {
    const sums = Object.fromEntries(Object.entries(tensors).map(([name, { shape, data: values }]) => [name, { shape, total: new Float64Array(values.length) }]))
    let done = 0
    for (const { places, count } of batchesOf(countOf(data), rows)) {
      looked?.(done)
      done += count
      const out = await bound.run({ input: pick(data, places).input, real: { dtype: "f32", shape: [rows], data: Float32Array.from({ length: rows }, (_, i) => Number(i < count)) } })
      for (const [name, { total }] of Object.entries(sums)) (must(out[`fisher/${name}`], name).data as Float32Array).forEach((x, k) => (total[k]! += x))
    }
    return Object.fromEntries(Object.entries(sums).map(([name, { shape, total }]) => [name, { dtype: "f32" as const, shape, data: Float32Array.from(total, (x) => x / countOf(data)) }]))
  })
}
