/** What is done for one job: reading and calculating in the memory of the thread that does it, and writing behind it. SPEC F5, F7. */
import { messageOf, must, readRange, roomFor, storedBytes, writeRange, type OpenFile } from "#src"
import { rowLength, type Cut } from "../method/blocks.ts"
import { blocksOfWrite, type Job } from "./jobs.ts"
import type { Copy, PlannedTensor } from "./merge-plan.ts"
import { blocksFor, roomOfBlend, type BlockSetting } from "./blend-blocks.ts"
import { quantiseRows } from "./quantise-rows.ts"
import { roomOfResults, type WriteBehind } from "./write-behind.ts"

export interface JobSetting extends BlockSetting {
  readonly outputs: readonly OpenFile[]
  /** In the same arena. */
  readonly behind: WriteBehind
}

/**
 * Resolves when all is calculated, with what resolves when all is written. Rejects when a file cannot be read or written, or is not
 * as its header said.
 */
export const doJob = async ({ tensor: number, cuts }: Job, setting: JobSetting): Promise<{ readonly written: Promise<unknown> }> => {
  const tensor = must(setting.plan.tensors[number], "tensor")
  const place = must(setting.plan.layout.places[number], "place")
  const output = must(setting.outputs[place.shard], "output")
  const width = storedBytes[tensor.dtype]
  const { work } = tensor
  const { behind } = setting
  const groups = Array.from({ length: Math.ceil(cuts.length / blocksOfWrite) }, (_, i) => cuts.slice(i * blocksOfWrite, (i + 1) * blocksOfWrite))
  await behind.makeRoom(writtenBytes(tensor, Math.max(...groups.map(lengthOf))), roomOfBlocks(tensor, Math.max(...cuts.map(({ length }) => length))))
  const blocks = work._tag === "copy" ? undefined : blocksFor(tensor, work, setting)
  const merge = blocks?.merging(blocks.measured(cuts))
  const written: Promise<void>[] = []
  for (const group of groups) {
    const first = must(group[0], "block").start
    const start = place.start + first * width
    const to = await behind.place(start)
    for (const cut of group) {
      const at = to + (cut.start - first) * width
      if (work._tag === "copy") copy(work, cut, at, setting)
      else if (tensor.scales === undefined) must(merge, "blend")(cut, at)
      else quantise(tensor, cut, at, must(merge, "blend"), setting)
    }
    written.push(behind.write(output, start, to, lengthOf(group) * width))
  }
  return { written: Promise.all(written) }
}

const lengthOf = (cuts: readonly Cut[]): number => cuts.reduce((sum, { length }) => sum + length, 0)

/** Merges a block of whole rows, puts it in 8 bits and writes the rows' scales. */
const quantise = ({ name, shape, scales }: PlannedTensor, cut: Cut, at: number, merge: (cut: Cut, out: number) => void, { arena, outputs, plan }: JobSetting): void => {
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
const roomOfBlocks = (tensor: PlannedTensor, length: number): number =>
  (tensor.scales === undefined ? 0 : roomFor(length, 8)) + (tensor.work._tag === "copy" ? 0 : roomOfBlend(tensor, tensor.work, length))

/** Bytes of memory that a job of this tensor takes at most, with blocks of `length` elements, of which it writes `written` at a time. */
export const roomOfTensor = (tensor: PlannedTensor, length: number, written: number): number => roomOfResults(writtenBytes(tensor, written)) + roomOfBlocks(tensor, length)
