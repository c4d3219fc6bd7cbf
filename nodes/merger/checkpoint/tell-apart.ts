/**
 * Ids of the models of a plan, before it is carried out. Models of equal fingerprints that are not the same files are read whole, and have the
 * hash of their contents in their ids: no order in which they are listed may decide in what order they are added up. SPEC F3, M3.
 */
import { contentBytes, contentOf, hashJson, must } from "#src"
import type { MergePlan } from "./merge-plan.ts"
import type { TellProgress } from "./progress.ts"

export const tellApart = async (plan: MergePlan, signal: AbortSignal, progress: TellProgress): Promise<MergePlan> => {
  /** Fingerprints of the inputs that are merged. */
  const prints = new Map(plan.tensors.flatMap(({ work }) => (work._tag === "copy" ? [] : work.models.map(({ id, source }) => [source.model, id] as const))))
  const paths = plan.inputs.map(({ files }) => files.map(({ path }) => path).join("\n"))
  const twins = [...prints].filter(([i, print]) => [...prints].some(([j, other]) => print === other && paths[j] !== paths[i]))
  if (twins.length === 0) return plan
  const ids = new Map(prints)
  const models = twins.map(([i, print]) => ({ i, print, model: must(plan.inputs[i], "input") }))
  const total = models.reduce((sum, { model }) => sum + contentBytes(model), 0)
  let before = 0
  for (const { i, print, model } of models) {
    ids.set(i, hashJson([print, await contentOf(model, signal, (read) => progress({ what: "compared", done: before + read, total }))]))
    before += contentBytes(model)
  }
  return {
    ...plan,
    tensors: plan.tensors.map((tensor) => {
      const { work } = tensor
      return work._tag === "copy" ? tensor : { ...tensor, work: { ...work, models: work.models.map((model) => ({ ...model, id: must(ids.get(model.source.model), "id") })) } }
    }),
  }
}
