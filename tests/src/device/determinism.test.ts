/**
 * SPEC D4 on every device: the same bytes from run to run, on one thread and on two, after the device was opened afresh, and in another
 * process; for every op, for random programs with their gradients, and for kernels large enough to spread over threads.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, test } from "vitest"
import { type Device, type DeviceName, wholeDeviceNames } from "../../../src/device/device.ts"
import { openDevice } from "../../../src/device/open.ts"
import { fingerprints } from "./determinism/fingerprints.ts"

const open = async (name: DeviceName, threads: number): Promise<Device> => {
  const device = await openDevice(name, { threads })
  if (E.isLeft(device)) throw new Error(device.left.reason)
  return device.right
}

const fresh = async (name: DeviceName, threads: number): Promise<Readonly<Record<string, string>>> => {
  const device = await open(name, threads)
  const found = await fingerprints(device)
  await device.close()
  return found
}

const inAnotherProcess = async (name: DeviceName, threads: number): Promise<unknown> => {
  const script = fileURLToPath(new URL("determinism/print-fingerprints.ts", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, name, `${threads}`], { maxBuffer: 2 ** 26 })
  return JSON.parse(stdout)
}

for (const name of wholeDeviceNames) {
  const available = await openDevice(name, { threads: 1 })
  if (E.isLeft(available)) {
    test(name, (context) => context.skip(available.left.reason))
    continue
  }
  await available.right.close()
  describe(name, () => {
    test("gives the same bytes again, on another number of threads, and in another process (D4)", async () => {
      const first = await fresh(name, 1)
      expect(Object.keys(first).length).toBeGreaterThan(300)
      for (const [output, hash] of Object.entries(first)) if (output.endsWith(" again")) expect(hash).toBe(first[output.slice(0, -" again".length)])
      expect(await fresh(name, 2)).toEqual(first)
      expect(await inAnotherProcess(name, 2)).toEqual(first)
    }, 300_000)

    test("is of one family whenever it is opened, with any number of threads (D4)", async () => {
      const [one, two] = [await open(name, 1), await open(name, 2)]
      expect(two.family).toBe(one.family)
      await Promise.all([one.close(), two.close()])
    })
  })
}
