/**
 * How alike two networks' weights are, and what a merge of them keeps: the cosine of their tensors, mean over matrices and kernels, and the
 * spread of the merged one's elements as a share of theirs. Networks of one origin have cosines near 1 and keep their spread in an average;
 * of unlike origin cosines are near 0 and the average of two keeps 1 / sqrt 2 = 0.71 of it (arXiv 2404.04616), whatever they can do.
 */
import { defineKind, metricPort, must, NodeFailure, one, tablePort, type NdArray } from "#src"
import { namedTensors, type NamedTensors } from "../port/tensors.ts"

export const likeness = defineKind({
  id: "metric/likeness",
  module: import.meta.url,
  title: "Likeness of weights",
  reference: "https://arxiv.org/abs/2404.04616",
  params: {},
  inputs: { a: one(namedTensors), b: one(namedTensors), merged: one(namedTensors) },
  outputs: { metric: metricPort, table: tablePort },
  run: ({ a, b, merged }) => {
    const names = Object.entries(a.tensors).filter(([, { shape, data }]) => shape.length > 1 && data.length >= 64).map(([name]) => name)
    if (names.length === 0) throw new NodeFailure("the networks have no matrices or kernels")
    const of = (from: NamedTensors, name: string): Float32Array => must(from.tensors[name] as NdArray | undefined, name).data as Float32Array
    const rows = names.map((name) => {
      const [x, y, z] = [of(a, name), of(b, name), of(merged, name)]
      return { name, size: x.length, cosine: cosine(x, y), kept: Math.sqrt(variance(z) / ((variance(x) + variance(y)) / 2)) }
    })
    const mean = (figure: "cosine" | "kept"): number => rows.reduce((sum, row) => sum + row[figure], 0) / rows.length
    return {
      metric: { title: "Likeness of weights", unit: "cosine, and share of the spread", better: "higher" as const, values: { cosine: mean("cosine"), kept: mean("kept") } },
      table: { title: `${a.meta.source} and ${b.meta.source}`, columns: ["tensor", "elements", "cosine", "spread kept"], rows: rows.map(({ name, size, cosine: c, kept }) => [name, size, Number(c.toFixed(3)), Number(kept.toFixed(3))]) },
    }
  },
})

const cosine = (x: Float32Array, y: Float32Array): number => {
  let [xy, xx, yy] = [0, 0, 0]
  for (let k = 0; k < x.length; k++) {
    xy += x[k]! * y[k]!
    xx += x[k]! ** 2
    yy += y[k]! ** 2
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy)
}

const variance = (x: Float32Array): number => {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length
  return x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length
}
