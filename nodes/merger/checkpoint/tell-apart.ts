/**
 * Ids of the models of a plan, before it is carried out. Models of equal fingerprints that are not the same files are read whole, and have the
 * hash of their contents in their ids: no order in which they are listed may decide in what order they are added up. SPEC F3, M3.
 */
import { contentOf, fingerprintOf, hashJson, must } from "#src"
import type { MergePlan } from "./merge-plan.ts"

export const tellApart = async (plan: MergePlan, signal: AbortSignal): Promise<MergePlan> => {
  const merged = new Set(plan.tensors.flatMap(({ work }) => (work._tag === "copy" ? [] : work.models.map(({ source }) => source.model))))
  const fingerprints = plan.inputs.map(fingerprintOf)
  const paths = plan.inputs.map(({ files }) => files.map(({ path }) => path).join("\n"))
  const isTwin = (i: number): boolean => merged.has(i) && fingerprints.some((print, j) => merged.has(j) && print === fingerprints[i] && paths[j] !== paths[i])
  if (!fingerprints.some((_, i) => isTwin(i))) return plan
  const ids: string[] = []
  for (const [i, input] of plan.inputs.entries()) ids.push(isTwin(i) ? hashJson([fingerprints[i] ?? "", await contentOf(input, signal)]) : must(fingerprints[i], "fingerprint"))
  return {
    ...plan,
    tensors: plan.tensors.map((tensor) => {
      const { work } = tensor
      return work._tag === "copy" ? tensor : { ...tensor, work: { ...work, models: work.models.map((model) => ({ ...model, id: must(ids[model.source.model], "id") })) } }
    }),
  }
}
