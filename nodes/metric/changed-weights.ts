/** How many weights of the blocks of a model are other ones, by content hash, in a model that was grown from it. */
import { contentHash, defineKind, metricPort, must, one } from "#src"
import { model } from "../port/model.ts"

export const changedWeights = defineKind({
  id: "metric/changed-weights",
  module: import.meta.url,
  title: "Weights that changed",
  params: {},
  inputs: { before: one(model), after: one(model) },
  outputs: { metric: metricPort },
  cores: 0,
  run: ({ before, after }) => {
    const names = Object.keys(before.tensors).filter((name) => name.startsWith("block/"))
    const same = names.filter((name) => contentHash(must(before.tensors[name], name)) === contentHash(must(after.tensors[name], name)))
    return { metric: { title: "Weights of old blocks", unit: "weights", better: "lower" as const, values: { changed: names.length - same.length, all: names.length } } }
  },
})
