/** What every device must do, on each backend of gpu.js; on webgpu only where an adapter answers. */
import * as E from "fp-ts/lib/Either.js"
import { test } from "vitest"
import type { Device } from "../../../src/device/device.ts"
import type { Backend } from "../../../src/device/gpujs/dialect.ts"
import { openGpujs } from "../../../src/device/gpujs/open-gpujs.ts"
import { conformance } from "./conformance.ts"

const open = async (backend: Backend, threads: number): Promise<Device> => {
  const device = await openGpujs(backend, { threads })
  if (E.isLeft(device)) throw new Error(device.left.reason)
  return device.right
}

conformance("gpujs:webasm", () => open("webasm", 1))
conformance("gpujs:webasm on two threads", () => open("webasm", 2))
conformance("gpujs:cpu", () => open("cpu", 1))

const webgpu = await openGpujs("webgpu", { threads: 1 })
if (E.isRight(webgpu)) conformance("gpujs:webgpu", async () => webgpu.right, { cases: 30 })
else test("gpujs:webgpu", (context) => context.skip(webgpu.left.reason))
