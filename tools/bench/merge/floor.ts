/**
 * What no merge can be faster than: reading every input byte once, writing every output byte once, to the disk. Both as a merge does it: a
 * mebibyte at a time, in memory that stays in the processor's cache; the file has its length before it has its bytes. A write goes past
 * the system's cache, as those of merges do, or through it.
 */
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, rmSync, statSync } from "node:fs"
import { makeArena } from "../../../src/checkpoint/kernel/arena.ts"
import { hugePageBytes } from "../../../src/checkpoint/kernel/huge-pages.ts"
import { openDirect, writeRangeBehind } from "../../../src/checkpoint/range-files.ts"

const piece = 2 ** 20

/** Begins at a page of memory, which direct writes ask for, within large pages where the system has them: memory begins anywhere in the first. */
const memory = (): Uint8Array => {
  const arena = makeArena()
  arena.reserve(3 * hugePageBytes)
  return new Uint8Array(arena.buffer(), hugePageBytes, piece)
}

const secondsSince = (began: number): number => (performance.now() - began) / 1000

function* piecesOf(path: string): Generator<{ readonly bytes: Uint8Array; readonly at: number }> {
  const [descriptor, bytes] = [openSync(path, "r"), memory()]
  for (let at = 0, read = readSync(descriptor, bytes); read > 0; at += read, read = readSync(descriptor, bytes)) yield { bytes: bytes.subarray(0, read), at }
  closeSync(descriptor)
}

/** Seconds. */
export const readFloor = (paths: readonly string[]): number => {
  const began = performance.now()
  for (const path of paths) for (const _ of piecesOf(path));
  return secondsSince(began)
}

/** Seconds to write as many bytes as `like` has, of its contents: a disk may be quicker with zeros. The reading is not counted. */
export const writeFloor = async (like: string, to: string, way: "past" | "through"): Promise<number> => {
  const [descriptor, bytes] = [openSync(to, "w"), statSync(like).size]
  ftruncateSync(descriptor, bytes)
  const direct = way === "past" ? openDirect(to) : undefined
  const file = { path: to, descriptor, bytes, ...(direct === undefined ? {} : { direct }) }
  let seconds = 0
  for (const piece of piecesOf(like)) {
    const began = performance.now()
    await writeRangeBehind(file, piece.at, piece.bytes)
    seconds += secondsSince(began)
  }
  const began = performance.now()
  fdatasyncSync(descriptor)
  seconds += secondsSince(began)
  for (const one of [descriptor, direct]) if (one !== undefined) closeSync(one)
  rmSync(to)
  return seconds
}
