/**
 * Runs a plan kernel by kernel on buffers that stay on the GPU, for programs with resident tensors on webgpu. A gpu.js
 * pipeline cannot: its `fused-encoder` takes and gives back host arrays only. Kernels with `pipeline: true` take and give
 * back handles of buffers; `immutable: true` gives each result a buffer of its own, which goes when its handle is deleted.
 */
import { assert, must } from "../../base/assert.ts"
import { DeviceFailure } from "../device-error.ts"
import type { Gpu, GpuBuffer, GpuKernel, GpuLibrary } from "./library.ts"
import type { Plan, Source } from "./plan.ts"

/** `WebGPUBuffer` marks the handles of gpu.js's webgpu kernels; any other result was computed elsewhere. */
const isBuffer = (result: unknown): result is GpuBuffer => typeof result === "object" && result !== null && (result as GpuBuffer).type === "WebGPUBuffer"

const onGpu = { pipeline: true, immutable: true } as const

export class Chain {
  readonly plan: Plan
  readonly #library: GpuLibrary
  readonly #gpu: Gpu
  readonly #kernels: readonly GpuKernel[]
  /** Kernels that copy a host array to a buffer, by length, for what comes anew with each run. */
  readonly #uploads = new Map<number, GpuKernel>()
  #constants: Promise<ReadonlyMap<number, GpuBuffer>> | undefined
  /** Calls whose result nothing reads after the call of this index. */
  readonly #lastRead: readonly (readonly number[])[]

  constructor(library: GpuLibrary, plan: Plan) {
    this.plan = plan
    this.#library = library
    this.#gpu = library.start()
    this.#kernels = plan.kernels.map(({ source, output }) => this.#gpu.createKernel(source, { output, ...onGpu }))
    this.#lastRead = lastReads(plan)
  }

  /** A buffer with these numbers. */
  async upload(numbers: Float32Array): Promise<GpuBuffer> {
    const kernel = this.#uploader(numbers.length)
    const buffer = await this.#launch(kernel, [this.#library.input(numbers)])
    kernel.destroy()
    return buffer
  }

  async download(buffer: GpuBuffer | undefined): Promise<Float32Array> {
    if (buffer === undefined) return new Float32Array(0)
    const numbers = await buffer.toArray()
    assert(numbers instanceof Float32Array, "gpu.js gave back something other than numbers")
    return numbers
  }

  /**
   * Buffers of the outputs in `wanted` that have elements; the caller deletes them. The `resident` ones stay the caller's.
   */
  async run(resident: ReadonlyMap<string, GpuBuffer>, inputs: ReadonlyMap<string, Float32Array>, wanted: readonly string[]): Promise<ReadonlyMap<string, GpuBuffer>> {
    this.#constants ??= this.#uploadConstants()
    const constants = await this.#constants
    const passing: GpuBuffer[] = []
    const given = await Promise.all(
      this.plan.arguments.map(async (argument, i): Promise<GpuBuffer> => {
        if ("constant" in argument) return must(constants.get(i), "constant")
        const known = resident.get(argument.input)
        if (known !== undefined) return known
        const numbers = must(inputs.get(argument.input), argument.input)
        const kernel = this.#uploads.get(numbers.length) ?? this.#uploader(numbers.length)
        this.#uploads.set(numbers.length, kernel)
        const buffer = await this.#launch(kernel, [this.#library.input(numbers)])
        passing.push(buffer)
        return buffer
      }),
    )
    const done: GpuBuffer[] = []
    const at = ({ from, index }: Source): GpuBuffer => must(from === "argument" ? given[index] : done[index], "buffer")
    for (const [i, call] of this.plan.calls.entries()) {
      done.push(await this.#launch(must(this.#kernels[call.kernel], "kernel"), call.arguments.map(at)))
      for (const index of must(this.#lastRead[i], "last reads")) done[index]?.delete()
    }
    const results = new Map(wanted.flatMap((name): [string, GpuBuffer][] => {
      const source = this.plan.outputs[name]
      return source === undefined ? [] : [[name, at(source).clone()]]
    }))
    for (const source of new Set(Object.values(this.plan.outputs))) if (source?.from === "call") done[source.index]?.delete()
    for (const buffer of passing) buffer.delete()
    return results
  }

  async close(): Promise<void> {
    for (const buffer of (await this.#constants)?.values() ?? []) buffer.delete()
    await this.#gpu.destroy()
  }

  #uploader(length: number): GpuKernel {
    return this.#gpu.createKernel("function (a) { return a[this.thread.x]; }", { output: [length], ...onGpu })
  }

  async #uploadConstants(): Promise<ReadonlyMap<number, GpuBuffer>> {
    const buffers = new Map<number, GpuBuffer>()
    for (const [i, argument] of this.plan.arguments.entries()) if ("constant" in argument) buffers.set(i, await this.upload(argument.constant))
    return buffers
  }

  async #launch(kernel: GpuKernel, read: readonly unknown[]): Promise<GpuBuffer> {
    const result = await kernel(...read)
    if (isBuffer(result)) return result
    const reason = "webgpu was asked for but gpu.js gave back something other than a buffer on the GPU"
    throw new DeviceFailure({ _tag: "silent-fallback", device: "gpujs:webgpu", reason, actual: kernel.kernel.constructor.mode })
  }
}

/** By call: the calls, itself among them, that nothing reads later and that are no output. */
const lastReads = ({ calls, outputs }: Plan): readonly (readonly number[])[] => {
  const last = calls.map((_, i) => i)
  for (const [i, call] of calls.entries()) for (const { from, index } of call.arguments) if (from === "call") last[index] = i
  const wanted = new Set(Object.values(outputs).flatMap((source) => (source?.from === "call" ? [source.index] : [])))
  const reads: number[][] = calls.map(() => [])
  for (const [index, i] of last.entries()) if (!wanted.has(index)) reads[i]?.push(index)
  return reads
}
