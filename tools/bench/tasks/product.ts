/** One product of two square matrices. They are fed: of matrices bound for good, the device would keep the product. */
import { must } from "../../../src/base/assert.ts"
import type { Device } from "../../../src/device/device.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { trace } from "../../../src/tensor/trace.ts"
import type { ProductSpec } from "../spec.ts"
import { load, running, type Task } from "./task.ts"

/** A step's number is the first element of the product. */
export const productTask = async ({ extent }: ProductSpec, folder: string, device: Device): Promise<Task> => {
  const shape = [extent, extent]
  const program = trace({ a: { shape }, b: { shape } }, ({ a, b }) => ({ product: matmul(a, b) }))
  const factors = await load(folder, "factors.safetensors")
  return running(device, program, {}, {
    params: 0,
    feed: () => factors,
    read: (outputs) => must(outputs["product"]?.data[0], "product"),
  })
}
