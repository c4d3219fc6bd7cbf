import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { byteSize, parseByteSize } from "../../../src/base/byte-size.ts"

it("sizes are shown and read", () => {
  expect([0, 1, 812, 999, 1000, 4_200_000, 999_960, 1.9e9, 5e15].map(byteSize)).toEqual(["0 bytes", "1 byte", "812 bytes", "999 bytes", "1.0 kB", "4.2 MB", "1.0 MB", "1.9 GB", "5000.0 TB"])
  expect(["0", "4096", "500MB", "1.5 GiB", "20gb", "2k", "7b"].map(parseByteSize)).toEqual([0, 4096, 5e8, 1.5 * 2 ** 30, 2e10, 2000, 7].map((bytes) => E.right(bytes)))
  for (const text of ["", "GB", "-1", "1e3", "3 apples"]) expect(E.isLeft(parseByteSize(text)), text).toBe(true)
})
