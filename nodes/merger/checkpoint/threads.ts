/** How many threads a merge is worth: one that starts costs half a second of a processor, which small merges never get back. */
import { sizeOf } from "#src"
import { methodOf } from "./jobs.ts"
import type { MergePlan } from "./merge-plan.ts"

/** Nanoseconds an element and model take, about: what kernels do, and what loops do. */
const kernelNs = 0.5
const loopNs = 20
/** Nanoseconds of work that a further thread must take over to be worth it. */
const worthwhileNs = 2e9

export const threadsFor = (plan: MergePlan, most: number): number => {
  const work = plan.tensors.reduce((sum, { shape, work }) => {
    if (work._tag === "copy") return sum
    const isLinear = methodOf(work).how.form === "linear"
    return sum + sizeOf(shape) * Math.max(work.models.length, 1) * (isLinear ? kernelNs : loopNs)
  }, 0)
  return Math.max(1, Math.min(most, Math.floor(work / worthwhileNs) + (work > worthwhileNs ? 1 : 0)))
}
