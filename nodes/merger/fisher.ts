/** Fisher merging as two nodes: the information of each model on data of its own, and the average by it (`data-free/fisher.ts`). */
import { choice, defineKind, integer, one } from "#src"
import { countOf, examples } from "../port/examples.ts"
import { importance, network } from "../port/network.ts"
import { fisher } from "./data-free/fisher.ts"
import { weighedMergeKind } from "./merge-kind.ts"
import { fisherInformation as informationOf, fisherRules } from "./with-data/fisher-information.ts"
import { firstExamples } from "./with-data/first-examples.ts"

export const fisherInformation = defineKind({
  id: "merger/fisher-information",
  module: import.meta.url,
  title: "Fisher information",
  reference: "https://arxiv.org/abs/2111.09832",
  params: {
    rule: choice(fisherRules, { default: "exact", doc: "exact, or what MergeLM and FusionBench compute under the name" }),
    examples: integer({ min: 1, max: 1_000_000, default: 4096, doc: "Examples to take the mean over; FusionBench takes 256" }),
    batch: integer({ min: 1, max: 4096, default: 128, doc: "Examples at a time; mergelm depends on it" }),
  },
  inputs: { network: one(network), examples: one(examples) },
  outputs: { importance },
  onDevice: true,
  run: async (inputs, { rule, batch, examples: count }, context) => {
    const data = firstExamples(inputs.examples, count)
    const looked = (done: number): void => {
      context.signal.throwIfAborted()
      context.progress({ done, total: countOf(data), unit: "examples" })
    }
    return { importance: { meta: inputs.network.meta, tensors: await informationOf(await context.device(), rule, inputs.network, data, batch, looked) } }
  },
})

export const mergeFisher = weighedMergeKind(import.meta.url, fisher)
