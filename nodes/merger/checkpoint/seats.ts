/**
 * How many threads a merge is worth: one that starts costs some hundredths of a second of a processor, which small merges never
 * get back. Of large ones there is one for each job that may run at once: none waits for the disk while another result can be calculated.
 */
import { sizeOf } from "#src"
import { methodOf } from "./jobs.ts"
import type { MergePlan } from "./merge-plan.ts"

/** Nanoseconds an element of an input takes in a pass, about. */
const formNs = { linear: 0.5, sums: 2, joint: 10 } as const
/** Nanoseconds of work from which on others are worth it. */
const worthwhileNs = 2e8

/** `jobs`: processors to be used at most. */
export const seatsFor = (plan: MergePlan, jobs: number): number => {
  const work = plan.tensors.reduce((sum, { shape, work }) => {
    if (work._tag === "copy") return sum
    const { how, passes } = methodOf(work)
    return sum + sizeOf(shape) * Math.max(work.models.length, 1) * passes(work.params as never, work.models.length) * formNs[how.form]
  }, 0)
  return work < worthwhileNs ? 1 : jobs
}
