/**
 * What is said of tensors that are copied, for they are no numbers to be merged (positions, counters, masks), where other models have other values
 * in them. They are read for it before the merge: of most models there are none, or few and small. SPEC F17.
 */
import { closeFiles, must, openFiles, readRange, type OpenFile } from "#src"
import { existsSync } from "node:fs"
import type { MergePlan, Source } from "./merge-plan.ts"

/** Plain data. */
export type PassedOver = {
  /** How many are not the same in all models. */
  readonly tensors: number
  /** The first of them, and the model whose values are taken. */
  readonly first: string
  readonly from: string
}

const pieceBytes = 2 ** 20

/** Undefined where there is no such tensor, or something cannot be read, as the merge itself will say. Results of stages that have yet to be merged are left out. */
export const passedOverOf = ({ tensors, inputs }: MergePlan): PassedOver | undefined => {
  const copies = tensors.flatMap(({ name, work }) => (work._tag === "blend" || work.passedOver.length === 0 ? [] : { name, ...work }))
  if (copies.length === 0) return undefined
  const there = inputs.map(({ files }) => files.every(({ path }) => existsSync(path)))
  const isThere = ({ model }: Source): boolean => there[model] === true
  const opened = new Map<number, readonly OpenFile[]>()
  const filesOf = (model: number): readonly OpenFile[] => {
    const files = opened.get(model) ?? openFiles(must(inputs[model], "input").files)
    opened.set(model, files)
    return files
  }
  try {
    const unlike = copies.filter(({ from, passedOver }) => isThere(from) && passedOver.some((other) => isThere(other) && !isSame(from, other, filesOf)))
    const [first] = unlike
    return first === undefined ? undefined : { tensors: unlike.length, first: first.name, from: must(inputs[first.from.model], "input").path }
  } catch {
    return undefined
  } finally {
    for (const files of opened.values()) closeFiles(files)
  }
}

const isSame = (a: Source, b: Source, filesOf: (model: number) => readonly OpenFile[]): boolean => {
  const { dtype, bytes } = a.place
  if (dtype !== b.place.dtype || bytes !== b.place.bytes) return false
  for (let done = 0; done < bytes; done += pieceBytes) {
    const [one, other] = [a, b].map(({ model, place }) => {
      const piece = Buffer.alloc(Math.min(pieceBytes, bytes - done))
      readRange(filesOf(model), place.file, place.start + done, piece)
      return piece
    }) as [Buffer, Buffer]
    if (!one.equals(other)) return false
  }
  return true
}

/** A sentence, or none. */
export const describePassedOver = (of: PassedOver | undefined): readonly string[] => {
  if (of === undefined) return []
  const { tensors, first, from } = of
  return [tensors === 1 ? `${first}, of whole numbers, is not the same in all models: it is copied from ${from}` : `${tensors} tensors of whole numbers are not the same in all models: they are copied from one, ${first} from ${from}`]
}
