/** Small networks and examples that tests can look at whole. */
import { ndarray, random, type Tensors } from "#src"
import { biasName, networkShapes, weightName, type Network } from "../../../nodes/port/network.ts"
import type { Examples } from "../../../nodes/port/examples.ts"

/** Weights by layer, rows of [in, out], and biases, 0 unless given. */
export const networkOf = (...layers: readonly { readonly weight: readonly (readonly number[])[]; readonly bias?: readonly number[] }[]): Network => {
  const widths = [layers[0]!.weight.length, ...layers.map(({ weight }) => weight[0]!.length)]
  const tensors = layers.flatMap(({ weight, bias }, l) => {
    const columns = weight[0]!.length
    return [
      [weightName(l), ndarray("f32", [weight.length, columns], Float32Array.from(weight.flat()))] as const,
      [biasName(l), ndarray("f32", [columns], Float32Array.from(bias ?? new Array<number>(columns).fill(0)))] as const,
    ]
  })
  return { meta: { widths }, tensors: Object.fromEntries(tensors) }
}

export const randomNetwork = (widths: readonly number[], seed: string): Network => {
  const tensors: Tensors = Object.fromEntries(
    Object.entries(networkShapes(widths)).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1)
      const scale = name.endsWith("weight") ? Math.sqrt(2 / shape[0]!) : 0.1
      return [name, ndarray("f32", shape, random(`${seed}/${name}`).normals(size).map((x) => x * scale))]
    }),
  )
  return { meta: { widths }, tensors }
}

/** Inputs as whole numbers, which stand for themselves / 255. */
export const examplesOf = (inputs: readonly (readonly number[])[], labels: readonly number[], classes = 2): Examples => ({
  meta: { source: "test", classes: Array.from({ length: classes }, (_, i) => `${i}`), part: "train" },
  tensors: { input: ndarray("u8", [inputs.length, inputs[0]!.length], Uint8Array.from(inputs.flat())), label: ndarray("i32", [labels.length], Int32Array.from(labels)) },
})

export const randomExamples = (count: number, width: number, classes: number, seed: string): Examples => {
  const draw = random(seed)
  return examplesOf(Array.from({ length: count }, (_, i) => Array.from({ length: width }, (_, k) => draw.below(i * width + k, 256))), Array.from({ length: count }, (_, i) => draw.below(1_000_000 + i, classes)), classes)
}

/** The network's answers in f64, [n][out]. */
export const answers = ({ meta: { widths }, tensors }: Network, { tensors: data }: Examples): readonly (readonly number[])[] => {
  const width = widths[0]!
  const input = data["input"]!.data
  return Array.from({ length: data["label"]!.data.length }, (_, n) => {
    let h = Array.from({ length: width }, (_, k) => (input[n * width + k] as number) / 255)
    for (let l = 0; l + 1 < widths.length; l++) {
      const [weight, bias] = [tensors[weightName(l)]!.data, tensors[biasName(l)]!.data]
      const columns = widths[l + 1]!
      const z = Array.from({ length: columns }, (_, j) => h.reduce((sum, x, i) => sum + x * (weight[i * columns + j] as number), bias[j] as number))
      h = l + 2 < widths.length ? z.map((x) => Math.max(0, x)) : z
    }
    return h
  })
}
