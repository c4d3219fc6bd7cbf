/** Documents that a made-up method was measured on: its level, and noise of seed and document. */
import { defineKind, integer, metricPort, real } from "#src"
import { observations } from "../../../nodes/port/observations.ts"

export const observed = defineKind({
  id: "test/observed",
  module: import.meta.url,
  title: "Made-up observations",
  params: {
    level: real({ min: 0, max: 10, doc: "Bits per character" }),
    noise: real({ min: 0, max: 10, default: 0.05, doc: "Between documents" }),
    documents: integer({ min: 1, max: 1000, default: 40, doc: "How many, half in each language" }),
  },
  inputs: {},
  outputs: { observations, metric: metricPort },
  seeded: true,
  run: (_, { level, noise, documents }, { random }) => {
    const drawn = [...random.normals(documents + 2)]
    const bits = drawn.slice(0, documents).map((x, d) => 100 * (level + noise * x + 0.02 * drawn[documents]! + 0.3 * (d % 2)))
    return {
      observations: {
        title: "Bits per character, held-out text", unit: "bits per character", better: "lower" as const, chance: 8, each: "documents", groups: ["en", "ru"],
        group: bits.map((_, d) => d % 2), sum: bits, weight: bits.map(() => 100),
      },
      metric: { title: "Level", unit: "bits", better: "lower" as const, values: { level } },
    }
  },
})
