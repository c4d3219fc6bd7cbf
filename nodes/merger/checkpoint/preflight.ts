/** What a planned merge will take, from headers alone: bytes, passes, memory, disk, time. SPEC F6. */
import { byteSize, edgeBytes, freeBytes, mostArenaBytes, sizeOf, storedBytes } from "#src"
import { existsSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { blockLength } from "../method/blocks.ts"
import { roomsOfTensor } from "./do-job.ts"
import { blocksOfWrite, copyBytes, jobsOf, methodOf, seesOf } from "./jobs.ts"
import type { Blend, MergePlan, PlannedTensor } from "./merge-plan.ts"
import { outputFault } from "./output-place.ts"
import { sourcesOf } from "./sources.ts"
import { unfinishedBytes } from "./unfinished.ts"

export interface Preflight {
  readonly tensors: number
  readonly shards: number
  /** Tensors that are put in 8 bits. */
  readonly quantised: number
  /** Read once, of all inputs. */
  readonly readBytes: number
  readonly writeBytes: number
  /** How often the inputs are read at most. */
  readonly passes: number
  /** What the process will hold at most, about. */
  readonly memoryBytes: number
  /** For this merge: what an unfinished one to the same place holds counts as free. */
  readonly freeBytes: number | undefined
  /** At the rates below. */
  readonly seconds: number
}

export interface Rates {
  readonly readBytesPerSecond: number
  readonly writeBytesPerSecond: number
}

/** A plain solid-state disk; what a machine really does, progress tells. */
export const plainDisk: Rates = { readBytesPerSecond: 1e9, writeBytesPerSecond: 0.5e9 }

/** Node itself, loaded code and heap. */
const processBytes = 110 * 2 ** 20

export const preflight = (plan: MergePlan, out: string, seats: number, rates: Rates = plainDisk): Preflight => {
  const sources = plan.tensors.flatMap(({ work }) => sourcesOf(work))
  const readBytes = sources.reduce((sum, { place, rows }) => sum + (rows === undefined ? place.bytes : rows.rows.length * rowBytes(place.shape, storedBytes[place.dtype])), 0)
  const writeBytes = plan.layout.shards.reduce((sum, { bytes }) => sum + bytes, 0)
  const blends = plan.tensors.flatMap(({ work }) => (work._tag === "blend" ? [work] : []))
  const passes = blends.reduce((most, work) => Math.max(most, methodOf(work).passes(work.params as never, work.models.length)), 1)
  // While the results of one tensor are in memory, another may be measured.
  const rooms = plan.tensors.map(roomsOf)
  const largest = (room: 0 | 1): number => rooms.map((of) => of[room]).sort((a, b) => b - a).slice(0, seats).reduce((sum, bytes) => sum + bytes, 0)
  return {
    tensors: plan.tensors.length,
    shards: plan.layout.shards.length,
    quantised: plan.tensors.filter(({ scales }) => scales !== undefined).length,
    readBytes,
    writeBytes,
    passes,
    memoryBytes: processBytes + 2 * edgeBytes * seats + largest(0) + largest(1) + 96 * jobsOf(plan).length,
    freeBytes: freeAt(out),
    seconds: Math.max((readBytes * passes) / rates.readBytesPerSecond, writeBytes / rates.writeBytesPerSecond),
  }
}

/** Of fewer bytes free than those that are needed. */
export const expectedRoom = (bytes: number, free: number): string => `expected room for ${byteSize(bytes)}, got ${byteSize(free)} free: ${byteSize(bytes - free)} more would do`

/** What makes a plan impossible on this machine, in sentences. */
export const preflightFaults = (plan: MergePlan, out: string, { writeBytes, freeBytes }: Preflight): readonly string[] => [
  ...[outputFault(plan, out)].flatMap((fault) => (fault === undefined ? [] : [`${out}: ${fault}`])),
  ...(freeBytes !== undefined && freeBytes < writeBytes ? [`${out}: ${expectedRoom(writeBytes, freeBytes)}`] : []),
  ...plan.tensors.filter((tensor) => arenaBytes(tensor) > mostArenaBytes).map((tensor) => {
    const { method } = tensor.work as Blend
    return `tensor ${tensor.name}: expected one that ${method} can hold whole in 4 GiB, got ${arenaBytes(tensor)} bytes; ${method} must see all of a tensor at once`
  }),
]

const roomsOf = (tensor: PlannedTensor): readonly [number, number] => {
  const { work, shape } = tensor
  if (work._tag === "copy") return roomsOfTensor(tensor, 0, Math.min(sizeOf(shape), copyBytes))
  const block = Math.min(sizeOf(shape), blockLength(shape, seesOf(tensor, work)))
  return roomsOfTensor(tensor, block, Math.min(sizeOf(shape), blocksOfWrite * block))
}

const arenaBytes = (tensor: PlannedTensor): number => roomsOf(tensor).reduce((a, b) => a + b)

const rowBytes = (shape: readonly number[], width: number): number => shape.slice(1).reduce((n, extent) => n * extent, width)

/** Bytes free for a merge to `out`, or undefined where the system does not say. */
const freeAt = (out: string): number | undefined => {
  let folder = resolve(out)
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const free = freeBytes(folder)
  return free === undefined ? undefined : free + unfinishedBytes(out)
}
