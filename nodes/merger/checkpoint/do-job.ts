/** What is done for one job: reading and calculating in the memory of the thread that does it, and writing behind it. SPEC F5, F7. */
import { messageOf, must, readRange, roomFor, storedBytes, writeRange, type OpenFile } from "#src"
import { rowLength, type Cut } from "../method/blocks.ts"
import { noOverflow, plusOverflow, type Overflow } from "../method/overflow.ts"
import { groupsOf, type Job } from "./jobs.ts"
import type { Measured } from "../method/measured.ts"
import type { Copy, PlannedTensor } from "./merge-plan.ts"
import { blocksFor, roomOfBlend, type BlockSetting } from "./blend-blocks.ts"
import { quantiseRows } from "./quantise-rows.ts"
import { roomOfResults, type WriteBehind } from "./write-behind.ts"

export interface JobSetting extends BlockSetting {
  readonly outputs: readonly OpenFile[]
  /** In the same arena. */
  readonly behind: WriteBehind
}

export interface BegunJob {
  /** Of its tensor. */
  readonly name: string
  /** Bytes of memory that `measure` takes. */
  readonly room: number
  readonly isMeasured: () => boolean
  /** Once it is measured; undefined of a copy. */
  readonly measured: () => Measured | undefined
  /** Measures a step further. False when there is nothing more to measure. */
  readonly measure: () => boolean
  /**
   * Measures what is not measured, then calculates; `between` comes after every part that is left to be written, and finds `room` bytes of the
   * arena. Resolves when all is calculated, with what had no room, and what resolves when all is written.
   */
  readonly write: (room: number, between: () => void) => Promise<{ readonly overflow: Overflow; readonly written: Promise<unknown> }>
}

/** Its functions throw, or reject, when a file cannot be read or written, or is not as its header said. */
export const beginJob = ({ tensor: number, cuts }: Job, setting: JobSetting): BegunJob => {
  const tensor = must(setting.plan.tensors[number], "tensor")
  const place = must(setting.plan.layout.places[number], "place")
  const output = must(setting.outputs[place.shard], "output")
  const width = storedBytes[tensor.dtype]
  const { work } = tensor
  const { behind } = setting
  const groups = groupsOf(cuts)
  const own = roomOfBlocks(tensor, Math.max(...cuts.map(({ length }) => length)))
  const blocks = work._tag === "copy" ? undefined : blocksFor(tensor, work, setting)
  const measuring = blocks?.measuring(cuts)
  let found: Measured | undefined
  let merge: ReturnType<NonNullable<typeof blocks>["merging"]> | undefined
  const isMeasured = (): boolean => blocks === undefined || merge !== undefined
  const measure = (): boolean => {
    const step = isMeasured() ? undefined : measuring?.next()
    if (step?.done === true) {
      found = step.value
      merge = blocks?.merging(step.value)
    }
    return !isMeasured()
  }
  const write = async (room: number, between: () => void) => {
    await behind.makeRoom(writtenBytes(tensor, Math.max(...groups.map(lengthOf))), Math.max(own, room))
    while (measure());
    const written: Promise<void>[] = []
    let overflow = noOverflow
    for (const group of groups) {
      const first = must(group[0], "block").start
      const start = place.start + first * width
      const to = await behind.place(start)
      for (const cut of group) {
        const at = to + (cut.start - first) * width
        if (work._tag === "copy") copy(work, cut, at, setting)
        else if (tensor.scales === undefined) overflow = plusOverflow(overflow, must(merge, "blend")(cut, at))
        else quantise(tensor, cut, at, must(merge, "blend"), setting)
      }
      written.push(behind.write(output, start, to, lengthOf(group) * width))
      between()
    }
    return { overflow, written: Promise.all(written) }
  }
  return { name: tensor.name, room: own, isMeasured, measured: () => found, measure, write }
}

const lengthOf = (cuts: readonly Cut[]): number => cuts.reduce((sum, { length }) => sum + length, 0)

/** Merges a block of whole rows, puts it in 8 bits and writes the rows' scales. */
const quantise = ({ name, shape, scales }: PlannedTensor, cut: Cut, at: number, merge: (cut: Cut, out: number) => unknown, { arena, outputs, plan }: JobSetting): void => {
  const row = rowLength(shape)
  const place = must(plan.layout.places[must(scales, "scales")], "place")
  const from = arena.take(roomFor(cut.length, 8))
  merge(cut, from)
  const scale = new Float32Array(cut.length / row)
  try {
    quantiseRows(new Float64Array(arena.buffer(), from, cut.length), row, new Int8Array(arena.buffer(), at, cut.length), scale)
  } catch (error) {
    throw new Error(`tensor ${name}: ${messageOf(error)}`)
  }
  writeRange(must(outputs[place.shard], "output"), place.start + 4 * (cut.start / row), new Uint8Array(scale.buffer))
  arena.rewind(from)
}

const copy = ({ from: { model, place } }: Copy, cut: Cut, at: number, { arena, files }: BlockSetting): void => {
  const width = storedBytes[place.dtype]
  readRange(must(files[model], "input"), place.file, place.start + cut.start * width, new Uint8Array(arena.buffer(), at, cut.length * width))
}

/** Kernels write a little beyond the end. */
const writtenBytes = ({ dtype }: PlannedTensor, length: number): number => roomFor(length, storedBytes[dtype])

/** Beside what is written. */
export const roomOfBlocks = (tensor: PlannedTensor, length: number): number =>
  (tensor.scales === undefined ? 0 : roomFor(length, 8)) + (tensor.work._tag === "copy" ? 0 : roomOfBlend(tensor, tensor.work, length))

/** Bytes of memory that a job of this tensor takes at most, with blocks of `length` elements, of which it writes `written` at a time: for results, and beside them. */
export const roomsOfTensor = (tensor: PlannedTensor, length: number, written: number): readonly [number, number] => [roomOfResults(writtenBytes(tensor, written)), roomOfBlocks(tensor, length)]
