/**
 * Where a thread puts results before they are written: a region of its memory is filled while others are on their way to the disk, by threads
 * that take no processor while they wait. SPEC F5, F7.
 */
import { must, pageBytes, writeRangeBehind, type Arena, type OpenFile } from "#src"

/** Results in memory at most: with two, the disk is done with both while a tensor is measured that comes next. */
const mostRegions = 3
/** And their bytes; those of methods that must see a tensor whole may be more, and lie there once. */
const mostBytes = 2 ** 26

/** Regions for results of `bytes` bytes. */
const regionsOf = (bytes: number): number => Math.max(1, Math.min(mostRegions, Math.floor(mostBytes / bytes)))

/** Bytes of memory that results of `bytes` bytes take, all regions together. */
export const roomOfResults = (bytes: number): number => regionsOf(bytes) * (bytes + 2 * pageBytes)

interface Region {
  readonly at: number
  written: Promise<void>
}

export interface WriteBehind {
  /** Makes the memory free for work that takes `room` bytes of it, beside results of at most `bytes` bytes. What is being written stays. */
  readonly makeRoom: (bytes: number, room: number) => Promise<void>
  /** Where a result that will be written at `start` may be put: a region of which everything is written, at the same place in its page as in the file's. */
  readonly place: (start: number) => Promise<number>
  /** Writes what was put at the last place. It resolves when that is written; until then the region is not given out again. */
  readonly write: (file: OpenFile, start: number, at: number, bytes: number) => Promise<void>
  /** Resolves when nothing is being written any more, whatever came of it. */
  readonly ended: () => Promise<void>
}

export const makeWriteBehind = (arena: Arena): WriteBehind => {
  let regions: Region[] = []
  let [most, mark, next] = [-1, 0, 0]
  const ended = async (): Promise<void> => void (await Promise.allSettled(regions.map(({ written }) => written)))
  return {
    ended,
    makeRoom: async (bytes, room) => {
      if (bytes > most || mark + room > arena.buffer().byteLength) {
        // Memory that grows moves, or may.
        await ended()
        arena.reserve(roomOfResults(bytes) + room)
        regions = Array.from({ length: regionsOf(bytes) }, () => ({ at: arena.take(bytes + 2 * pageBytes), written: Promise.resolve() }))
        most = bytes
        mark = arena.take(0)
      }
      arena.rewind(mark)
    },
    place: async (start) => {
      next = (next + 1) % regions.length
      const { at, written } = must(regions[next], "region")
      await written
      return at + ((((start - at) % pageBytes) + pageBytes) % pageBytes)
    },
    write: (file, start, at, bytes) => {
      const region = must(regions[next], "region")
      region.written = writeRangeBehind(file, start, new Uint8Array(arena.buffer(), at, bytes))
      // Whoever asks for the region next is told; nobody may be left to.
      region.written.catch(() => undefined)
      return region.written
    },
  }
}
