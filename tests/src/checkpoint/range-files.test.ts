/** Ranges written straight to the disk and through the system's cache, side by side in one file. */
import { closeSync, ftruncateSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { random } from "../../../src/base/random.ts"
import { closeFiles, openDirect, pageBytes, readRange, writeRange, writeRangeBehind } from "../../../src/checkpoint/range-files.ts"
import { testFolder, writeAt } from "./made-files.ts"

it("[F7] ranges at any place, in memory that lies in its page as they do or not, written either way, are the bytes of the file", async () => {
  const path = join(testFolder(), "ranges")
  const bytes = 6 * 2 ** 20
  const descriptor = openSync(path, "w+")
  ftruncateSync(descriptor, bytes)
  const direct = openDirect(path)
  const file = { path, descriptor, bytes, ...(direct === undefined ? {} : { direct }) }
  const expected = new Uint8Array(bytes)
  const memory = new Uint8Array(bytes + pageBytes)
  const { below } = random("ranges")
  for (let i = 0; i < 60; i++) {
    const start = below(4 * i, bytes)
    const length = Math.min(bytes - start, below(4 * i + 1, i % 2 === 0 ? 2 ** 21 : 5000))
    const at = i % 3 === 0 ? below(4 * i + 2, pageBytes) : start % pageBytes
    memory.subarray(at, at + length).fill(i + 1)
    await (i % 7 < 4 ? writeRangeBehind : writeRange)(file, start, memory.subarray(at, at + length))
    expected.fill(i + 1, start, start + length)
    if (i % 10 === 9) {
      const read = new Uint8Array(bytes)
      readRange([file], 0, 0, read)
      expect(Buffer.compare(read, expected)).toBe(0)
    }
  }
  closeFiles([file])
  expect(Buffer.compare(readFileSync(path), expected)).toBe(0)
})

it("[F7] what cannot be read or written is told with the name of the file", async () => {
  const path = writeAt(join(testFolder(), "short"), "abc")
  const descriptor = openSync(path, "r")
  expect(() => writeRange({ path, descriptor, bytes: 3 }, 0, Uint8Array.of(1))).toThrow(/short: cannot write: /)
  await expect(writeRangeBehind({ path, descriptor, bytes: 3 }, 0, Uint8Array.of(1))).rejects.toThrow(/short: cannot write: /)
  expect(() => readRange([{ path, descriptor, bytes: 9 }], 0, 0, new Uint8Array(9))).toThrow(/short: expected 9 bytes, as when its header was read, got fewer/)
  closeSync(descriptor)
})
