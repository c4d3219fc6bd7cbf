/** A planned tensor's blocks (`method/tensor-blocks.ts`), with the numbers of its models from files. SPEC F5. */
import { canonical, must, random, type FloatFormat } from "#src"
import type { Cut } from "../method/blocks.ts"
import type { Measured } from "../method/measured.ts"
import { blocksOfTensor, pieceLength, roomOfWork } from "../method/tensor-blocks.ts"
import { methodOf } from "./jobs.ts"
import { load, roomToLoad, storedAt, type Reader } from "./load.ts"
import type { Blend, MergePlan, PlannedTensor, Source } from "./merge-plan.ts"
import { sourcesOf } from "./sources.ts"

export interface BlockSetting extends Reader {
  readonly plan: MergePlan
  /** What methods that measure whole models found, by method and params (`wholeKey`). */
  readonly whole: ReadonlyMap<string, Measured>
}

/** Which models a method measures over together, and with what. */
export const wholeKey = ({ method, params }: Blend): string => canonical([method, params])

export const blocksFor = (tensor: PlannedTensor, work: Blend, { plan, whole, ...reader }: BlockSetting) => {
  const method = methodOf(work)
  const blocks = blocksOfTensor<Source>(tensor, { ...work, method, random: random(plan.seed) }, {
    arena: reader.arena,
    load: (source, start, count) => load(source, start, count, reader),
    stored: (source, at) => storedAt(source, at, reader),
  })
  return {
    ...blocks,
    /** Over the blocks in their order, whatever is measured over a tensor; what is measured over a model is there already. */
    *measuring(cuts: readonly Cut[]): Generator<void, Measured> {
      return method.span?.(work.params as never) === "model" ? must(whole.get(wholeKey(work)), "measured model") : yield* blocks.measuring(cuts)
    },
    /** What is quantised afterwards is merged to f64. */
    merging: (measured: Measured) => blocks.merging(measured, tensor.scales === undefined ? (tensor.dtype as FloatFormat) : "F64"),
  }
}

/** Bytes of arena that blocks of `length` elements take at most. */
export const roomOfBlend = (tensor: PlannedTensor, work: Blend, length: number): number => {
  const method = methodOf(work)
  const piece = pieceLength(tensor, method, length)
  return sourcesOf(work).reduce((sum, source) => sum + roomToLoad(source, piece), roomOfWork(method, work.models.length, piece))
}
