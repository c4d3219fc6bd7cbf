/** What is done for one job: reading, calculating and writing, in the memory of the thread that does it. SPEC F5, F7. */
import { messageOf, must, pageBytes, readRange, roomFor, storedBytes, writeRange, type Arena, type OpenFile } from "#src"
import { rowLength, type Cut } from "../method/blocks.ts"
import { blocksOfWrite, type Job } from "./jobs.ts"
import type { Copy, PlannedTensor } from "./merge-plan.ts"
import { blocksFor, roomOfBlend, type BlockSetting } from "./blend-blocks.ts"
import { quantiseRows } from "./quantise-rows.ts"

export interface JobSetting extends BlockSetting {
  readonly outputs: readonly OpenFile[]
}

/** Throws when a file cannot be read or written, or is not as its header said. */
export const doJob = ({ tensor: number, cuts }: Job, setting: JobSetting): void => {
  const tensor = must(setting.plan.tensors[number], "tensor")
  const place = must(setting.plan.layout.places[number], "place")
  const output = must(setting.outputs[place.shard], "output")
  const width = storedBytes[tensor.dtype]
  const { work } = tensor
  const { arena } = setting
  const groups = Array.from({ length: Math.ceil(cuts.length / blocksOfWrite) }, (_, i) => cuts.slice(i * blocksOfWrite, (i + 1) * blocksOfWrite))
  arena.reserve(roomOfTensor(tensor, Math.max(...cuts.map(({ length }) => length)), Math.max(...groups.map(lengthOf))))
  const blocks = work._tag === "copy" ? undefined : blocksFor(tensor, work, setting)
  const merge = blocks?.merging(blocks.measured(cuts))
  for (const group of groups) {
    const first = must(group[0], "block").start
    const start = place.start + first * width
    const bytes = lengthOf(group) * width
    const taken = takeAligned(arena, bytes + roomFor(0, width), start)
    for (const cut of group) {
      const at = taken.at + (cut.start - first) * width
      if (work._tag === "copy") copy(work, cut, at, setting)
      else if (tensor.scales === undefined) must(merge, "blend")(cut, at)
      else quantise(tensor, cut, at, must(merge, "blend"), setting)
    }
    writeRange(output, start, new Uint8Array(arena.buffer(), taken.at, bytes))
    arena.rewind(taken.from)
  }
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

/** A region that lies in its page of memory as what is written of it will in its page of the file. */
const takeAligned = (arena: Arena, bytes: number, start: number): { readonly at: number; readonly from: number } => {
  const from = arena.take(bytes + pageBytes)
  return { at: from + ((((start - from) % pageBytes) + pageBytes) % pageBytes), from }
}

const copy = ({ from: { model, place } }: Copy, cut: Cut, at: number, { arena, files }: BlockSetting): void => {
  const width = storedBytes[place.dtype]
  readRange(must(files[model], "input"), place.file, place.start + cut.start * width, new Uint8Array(arena.buffer(), at, cut.length * width))
}

/** Bytes of memory that a job of this tensor takes at most, with blocks of `length` elements, of which it writes `written` at a time. */
export const roomOfTensor = (tensor: PlannedTensor, length: number, written: number): number =>
  2 * pageBytes + roomFor(written, storedBytes[tensor.dtype]) + (tensor.scales === undefined ? 0 : roomFor(length, 8)) + (tensor.work._tag === "copy" ? 0 : roomOfBlend(tensor, tensor.work, length))
