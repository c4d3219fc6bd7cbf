/** Every device answers to its own name, or says why it cannot be had. */
import * as E from "fp-ts/lib/Either.js"
import { expect, test } from "vitest"
import { deviceNames } from "../../../src/device/device.ts"
import { openDevice } from "../../../src/device/open.ts"

test.each(deviceNames)("%s opens as itself or gives a reason", async (name) => {
  const opened = await openDevice(name, { threads: 1 })
  if (E.isLeft(opened)) {
    expect(opened.left.device).toBe(name)
    expect(opened.left.reason).not.toBe("")
    expect(["gpujs:webasm", "gpujs:cpu"]).not.toContain(name)
    return
  }
  expect(opened.right.name).toBe(name)
  expect(opened.right.family.startsWith(name.replace(":", "-"))).toBe(true)
  await opened.right.close()
})
