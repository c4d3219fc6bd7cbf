/**
 * What no merge can be faster than: reading every input byte once, writing every output byte once, to the disk. Both as a merge does it: a
 * mebibyte at a time, in memory that stays in the processor's cache; the file has its length before it has its bytes. A write goes past
 * the system's cache, as those of merges do, or through it.
 */
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, rmSync, statSync } from "node:fs"
import { makeArena } from "../../../src/checkpoint/kernel/arena.ts"
import { openDirect, writeRange } from "../../../src/checkpoint/range-files.ts"

const piece = 2 ** 20

/** Begins at a page of memory, which direct writes ask for. */
const memory = (): Uint8Array => {
  const arena = makeArena()
  arena.reserve(piece)
  return new Uint8Array(arena.buffer(), 0, piece)
}

const timed = (work: () => void): number => {
  const began = performance.now()
  work()
  return (performance.now() - began) / 1000
}

const eachPiece = (path: string, use: (bytes: Uint8Array, at: number) => void): void => {
  const [descriptor, bytes] = [openSync(path, "r"), memory()]
  for (let at = 0, read = readSync(descriptor, bytes); read > 0; at += read, read = readSync(descriptor, bytes)) use(bytes.subarray(0, read), at)
  closeSync(descriptor)
}

/** Seconds. */
export const readFloor = (paths: readonly string[]): number => timed(() => paths.forEach((path) => eachPiece(path, () => undefined)))

/** Seconds to write as many bytes as `like` has, of its contents: a disk may be quicker with zeros. The reading is not counted. */
export const writeFloor = (like: string, to: string, way: "past" | "through"): number => {
  const [descriptor, bytes] = [openSync(to, "w"), statSync(like).size]
  ftruncateSync(descriptor, bytes)
  const direct = way === "past" ? openDirect(to) : undefined
  const file = { path: to, descriptor, bytes, ...(direct === undefined ? {} : { direct }) }
  let seconds = 0
  eachPiece(like, (part, at) => (seconds += timed(() => writeRange(file, at, part))))
  seconds += timed(() => fdatasyncSync(descriptor))
  for (const one of [descriptor, direct]) if (one !== undefined) closeSync(one)
  rmSync(to)
  return seconds
}
