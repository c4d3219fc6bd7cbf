/** Files that are opened for a fingerprint. SPEC F3. */
import * as E from "fp-ts/lib/Either.js"
import * as fs from "node:fs"
import { join } from "node:path"
import { afterEach, expect, it, vi } from "vitest"
import type { Tensors } from "../../../src/base/ndarray.ts"
import { fingerprintOf } from "../../../src/checkpoint/fingerprint.ts"
import type { ModelFiles } from "../../../src/checkpoint/model-files.ts"
import { openCheckpoint } from "../../../src/checkpoint/open-checkpoint.ts"
import { testFolder, writeShards } from "./made-files.ts"

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>()
  return { ...real, openSync: vi.fn(real.openSync), closeSync: vi.fn(real.closeSync) }
})
afterEach(() => void vi.clearAllMocks())

const folder = testFolder()
const tensors = (from: number): Tensors => Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`layer.${from + i}.w`, { dtype: "f32", shape: [4], data: Float32Array.of(from, i, 2, 3) }]))
const opened = (at: string): ModelFiles => {
  const model = openCheckpoint(writeShards(at, [tensors(0), tensors(5)]))
  if (E.isLeft(model)) throw new Error("a model was expected")
  vi.clearAllMocks()
  return model.right
}

it("[F3] each file is opened once, however many of its tensors are looked at, and closed", () => {
  const model = opened(join(folder, "model"))
  const print = fingerprintOf(model)
  expect(vi.mocked(fs.openSync).mock.calls.map(([path]) => path).sort()).toEqual(model.files.map(({ path }) => path))
  expect(vi.mocked(fs.closeSync).mock.calls.map(([descriptor]) => descriptor).sort()).toEqual(vi.mocked(fs.openSync).mock.results.map(({ value }) => value as number).sort())
  expect(fingerprintOf(opened(join(folder, "moved")))).toBe(print)
})

it("[F3] a file that is gone is the system's error, and what was opened is closed", () => {
  const model = opened(join(folder, "torn"))
  fs.rmSync(model.files[1]?.path ?? "")
  expect(() => fingerprintOf(model)).toThrow("ENOENT")
  expect(vi.mocked(fs.closeSync)).toHaveBeenCalledTimes(1)
})
