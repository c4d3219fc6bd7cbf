/** What this project's peer does in a step, and what every kind of step starts from. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../../src/base/assert.ts"
import { ndarray, sizeOf, type NdArray, type Tensors } from "../../../src/base/ndarray.ts"
import { decodeSafetensors } from "../../../src/base/safetensors.ts"
import type { Device } from "../../../src/device/device.ts"
import type { Program } from "../../../src/tensor/program.ts"

export interface Task {
  /** Parameters of the model, without its substrate. */
  readonly params: number
  /** Takes the next step; the number by which peers are compared, such as its loss. */
  readonly step: () => Promise<number>
  readonly close: () => Promise<void>
}

/** The tensors of a file of the workload's folder. */
export const load = async (folder: string, file: string): Promise<Tensors> => {
  const decoded = decodeSafetensors(await readFile(join(folder, file)))
  if (E.isLeft(decoded)) throw new Error(`${file}: ${decoded.left}`)
  return decoded.right.tensors
}

/** Batch `step` of all, which take turns. */
export const batchOf = (all: NdArray | undefined, step: number): NdArray => {
  const { dtype, shape: [count = 1, ...shape], data } = must(all, "batches")
  const size = sizeOf(shape)
  return ndarray(dtype, shape, data.subarray((step % count) * size, ((step % count) + 1) * size) as Float32Array)
}

export const countParams = (weights: Tensors): number => Object.values(weights).reduce((n, { shape }) => n + sizeOf(shape), 0)

interface Running {
  readonly params: number
  /** The arguments of step `i`. */
  readonly feed: (step: number) => Tensors
  readonly read: (outputs: Tensors) => number
}

/** The task of running `program` again and again. */
export const running = async (device: Device, program: Program, resident: Tensors, { params, feed, read }: Running): Promise<Task> => {
  const compiled = await device.compile(program)
  const bound = await compiled.bind(resident)
  let done = 0
  return {
    params,
    step: async () => read(await bound.run(feed(done++))),
    close: async () => {
      await bound.close()
      await compiled.close()
    },
  }
}
