/** The measuring of methods that must know numbers of whole models first: one pass after another over all their tensors. */
import { makeArena, must, nextTurn, sizeOf } from "#src"
import { blocksOf } from "../method/blocks.ts"
import type { Measured } from "../method/measured.ts"
import type { Totals } from "../method/measuring.ts"
import { roomOfBlocks } from "./do-job.ts"
import { makeReadFactors } from "./low-rank.ts"
import { methodOf } from "./jobs.ts"
import type { Blend, MergePlan, PlannedTensor } from "./merge-plan.ts"
import { sourcesOf } from "./sources.ts"
import type { TellProgress } from "./progress.ts"
import { blocksFor, wholeKey, type BlockSetting } from "./blend-blocks.ts"

type Blended = PlannedTensor & { readonly work: Blend }

/** Tensors that are measured together, by `wholeKey`. */
export const measuredTogether = ({ tensors }: MergePlan): ReadonlyMap<string, readonly Blended[]> => {
  const groups = new Map<string, Blended[]>()
  for (const tensor of tensors) {
    const { work } = tensor
    if (work._tag !== "blend" || sizeOf(tensor.shape) === 0 || methodOf(work).span?.(work.params as never) !== "model") continue
    const key = wholeKey(work)
    groups.set(key, [...(groups.get(key) ?? []), { ...tensor, work }])
  }
  return groups
}

/** Bytes that a pass over a tensor reads at most. */
const readBytes = ({ work }: Blended): number => sourcesOf(work).reduce((sum, { place }) => sum + place.bytes, 0)

/** What was found for each group. Blocks are added up in the order of tensors and blocks. */
export const measureModels = async (plan: MergePlan, files: BlockSetting["files"], signal: AbortSignal, progress: TellProgress): Promise<ReadonlyMap<string, Measured>> => {
  const found = new Map<string, Measured>()
  const groups = measuredTogether(plan)
  // The last pass is the one that writes.
  const total = [...groups.values()].flat().reduce((sum, tensor) => sum + readBytes(tensor) * (methodOf(tensor.work).passes(tensor.work.params as never, tensor.work.models.length) - 1), 0)
  let done = 0
  for (const [key, tensors] of groups) {
    const setting: BlockSetting = { plan, files, whole: new Map(), arena: makeArena(), factors: makeReadFactors() }
    const readers = tensors.map((tensor) => ({ tensor, blocks: blocksFor(tensor, tensor.work, setting), cuts: blocksOf(tensor.shape, methodOf(tensor.work).sees) }))
    let now = must(readers[0], "tensor").blocks.measure()
    while (!now.known) {
      let totals: Totals | undefined
      for (const { tensor, blocks, cuts } of readers) {
        signal.throwIfAborted()
        setting.arena.reserve(roomOfBlocks(tensor, Math.max(...cuts.map(({ length }) => length))))
        totals = blocks.passed(now, cuts, totals)
        done += readBytes(tensor)
        progress({ what: "measured", done: Math.min(done, total), total })
        await nextTurn()
      }
      now = now.then(totals)
    }
    found.set(key, now.value)
  }
  return found
}
