/** Whether the rows of a substrate are what is claimed of them: how far the furthest norm is from 1, and how many tokens share a row. */
import { defineKind, metricPort, must, one } from "#src"
import { substrate } from "../port/substrate.ts"

export const substrateRows = defineKind({
  id: "metric/substrate-rows",
  module: import.meta.url,
  title: "Rows of a substrate",
  params: {},
  inputs: { substrate: one(substrate) },
  outputs: { metric: metricPort },
  cores: 0,
  run: ({ substrate: { tensors } }) => {
    const { shape, data } = must(tensors["matrix"], "substrate.matrix")
    const [rows = 0, width = 0] = shape
    const seen = new Map<string, number>()
    let furthest = 0
    for (let r = 0; r < rows; r++) {
      const row = data.subarray(r * width, (r + 1) * width)
      let square = 0
      for (const x of row) square += x * x
      furthest = Math.max(furthest, Math.abs(Math.sqrt(square) - 1))
      const key = row.join(",")
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    const sharing = [...seen.values()].filter((n) => n > 1).reduce((sum, n) => sum + n, 0)
    return { metric: { title: "Rows of the substrate", unit: "", better: "lower" as const, values: { "norm error": furthest, "tokens that share a row": sharing, tokens: rows } } }
  },
})
