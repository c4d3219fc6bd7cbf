/** A plan cut into jobs that can be done in any order, by any thread, and need not be done again once they are on the disk. SPEC F7. */
import { must, sizeOf, storedBytes } from "#src"
import { blocksOf, type Cut } from "../method/blocks.ts"
import type { Method } from "../method/method.ts"
import { methods } from "../methods.ts"
import type { Blend, MergePlan, PlannedTensor } from "./merge-plan.ts"

export interface Job {
  /** Place in `MergePlan.tensors`. */
  readonly tensor: number
  /** Blocks it writes. What must be measured over a tensor first is one job. */
  readonly cuts: readonly Cut[]
}

/** Bytes of a tensor that is only copied that make a job. */
export const copyBytes = 2 ** 23
/** Blocks that are written at once; those of a tensor that is merged without being measured are a job. */
export const blocksOfWrite = 4

export const methodOf = ({ method }: Blend): Method => must(methods.get(method), `method ${method}`)

/** What a block must hold whole: a scale is of a row. */
export const seesOf = ({ scales }: Pick<PlannedTensor, "scales">, work: Blend): Method["sees"] => {
  const { sees } = methodOf(work)
  return scales !== undefined && sees === "element" ? "row" : sees
}

/** Blocks from which on a thread measures for longer than the disk is busy with what waits to be written. */
export const longBlocks = 16

/** What must be measured first, and takes long. */
export const isLong = ({ cuts }: Job): boolean => cuts.length > longBlocks

/** Blocks of a job that are written together. */
export const groupsOf = (cuts: readonly Cut[]): readonly (readonly Cut[])[] => Array.from({ length: Math.ceil(cuts.length / blocksOfWrite) }, (_, i) => cuts.slice(i * blocksOfWrite, (i + 1) * blocksOfWrite))

/**
 * Steps of a long job's measuring after each write of the others, by `seats` threads: it is measured when half of them are written, so that its own
 * writes come before their end; but of at most twice as many blocks as were written, or the disk waits.
 */
export const paceOf = (jobs: readonly Job[], seats: number): number => {
  const most = jobs.reduce((blocks, job) => (isLong(job) ? Math.max(blocks, job.cuts.length) : blocks), 0)
  const writes = jobs.reduce((sum, job) => sum + (isLong(job) ? 0 : groupsOf(job.cuts).length), 0)
  return Math.min(2 * blocksOfWrite, Math.ceil((2 * most * seats) / Math.max(writes, 1)))
}

/** Long ones first, the longest before all, the rest in the order in which they are written. */
export const jobsOf = ({ tensors, layout }: MergePlan): readonly Job[] => {
  const jobs = tensors.flatMap((planned, tensor): readonly Job[] => {
    const { shape, dtype, work } = planned
    if (sizeOf(shape) === 0) return []
    if (work._tag === "copy") return blocksOf(shape, "element", copyBytes / storedBytes[dtype]).map((cut) => ({ tensor, cuts: [cut] }))
    const method = methodOf(work)
    const cuts = blocksOf(shape, seesOf(planned, work))
    if (method.measure !== undefined && method.span?.(work.params as never) !== "model") return [{ tensor, cuts }]
    return groupsOf(cuts).map((group) => ({ tensor, cuts: group }))
  })
  const at = (job: Job): readonly number[] => {
    const { tensor, cuts } = job
    const { shard, start } = must(layout.places[tensor], "place")
    return [isLong(job) ? -cuts.length : 0, shard, start + (cuts[0]?.start ?? 0) * storedBytes[must(tensors[tensor], "tensor").dtype]]
  }
  const before = ([first = 0, ...a]: readonly number[], [second = 0, ...b]: readonly number[]): number => (a.length === 0 ? first - second : first - second || before(a, b))
  return jobs.map((job) => [job, at(job)] as const).sort(([, a], [, b]) => before(a, b)).map(([job]) => job)
}
