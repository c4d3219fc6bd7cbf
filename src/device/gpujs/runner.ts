/**
 * Runs a plan as one gpu.js pipeline: host arrays in, host arrays out, everything between them stays where the
 * backend computes. Refuses results that another backend than the one asked for has computed.
 */
import { assert, must } from "../../base/assert.ts"
import { DeviceFailure } from "../device-error.ts"
import type { Backend } from "./dialect.ts"
import type { Gpu, GpuLibrary, GpuPipeline } from "./library.ts"
import type { Plan } from "./plan.ts"

/** Executors that keep intermediates on the backend asked for; the cpu has only the generic one. */
const ownExecutors: Readonly<Record<Backend, readonly string[]>> = {
  webasm: ["fused-sync", "fused-threaded"],
  webgpu: ["fused-encoder"],
  cpu: ["generic"],
}

/** gpu.js gives back rows of one array where a kernel has more than one thread axis. */
const flatNumbers = (result: unknown, length: number): Float32Array => {
  let first = result
  while (Array.isArray(first)) first = first[0] as unknown
  assert(first instanceof Float32Array, "gpu.js gave back something other than numbers")
  const whole = new Float32Array(first.buffer, first.byteOffset, length)
  return whole.buffer.byteLength === whole.byteLength ? whole : whole.slice()
}

export class Runner {
  readonly plan: Plan
  readonly #library: GpuLibrary
  readonly #backend: Backend
  readonly #gpu: Gpu
  readonly #pipeline: GpuPipeline | undefined
  /** Calls whose results come back to the host, in the order of the pipeline's result. */
  readonly #results: readonly number[]

  constructor(library: GpuLibrary, backend: Backend, plan: Plan, threads: number) {
    this.plan = plan
    this.#library = library
    this.#backend = backend
    this.#results = [...new Set(Object.values(plan.outputs).flatMap((source) => (source?.from === "call" ? [source.index] : [])))]
    this.#gpu = library.start()
    this.#pipeline = this.#results.length === 0 ? undefined : this.#build(threads)
  }

  /** Values of the plan's arguments in; the numbers of each call that an output needs, by call. */
  async run(values: readonly Float32Array[]): Promise<ReadonlyMap<number, Float32Array>> {
    if (this.#pipeline === undefined) return new Map()
    const wrapped = this.#backend === "cpu" ? values : values.map(this.#library.input)
    const results = (await this.#pipeline(...wrapped)) as readonly unknown[]
    this.#refuseFallback(this.#pipeline)
    return new Map(
      this.#results.map((call, i) => {
        const { output } = must(this.plan.kernels[must(this.plan.calls[call], "call").kernel], "kernel")
        return [call, flatNumbers(results[i], output.reduce((n, extent) => n * extent, 1))]
      }),
    )
  }

  async close(): Promise<void> {
    await this.#pipeline?.destroy()
    await this.#gpu.destroy()
  }

  #build(threads: number): GpuPipeline {
    const kernels = this.plan.kernels.map(({ source, output }) => this.#gpu.createKernel(source, { output }))
    const orchestration = (...handles: readonly unknown[]): readonly unknown[] => {
      const done: unknown[] = []
      for (const call of this.plan.calls) {
        const read = call.arguments.map((source) => (source.from === "argument" ? handles[source.index] : done[source.index]))
        done.push(must(kernels[call.kernel], "kernel")(...read))
      }
      return this.#results.map((call) => done[call])
    }
    Object.defineProperty(orchestration, "length", { value: this.plan.arguments.length })
    return this.#gpu.createPipeline(orchestration, { threads: threads > 1 })
  }

  #refuseFallback({ backend, executorKind, fallbackReason }: GpuPipeline): void {
    if (backend === this.#backend && ownExecutors[this.#backend].includes(executorKind)) return
    const actual = `${backend} (${executorKind})`
    const reason = `${this.#backend} was asked for but gpu.js ran ${actual}${fallbackReason === null ? "" : `: ${fallbackReason}`}`
    throw new DeviceFailure({ _tag: "silent-fallback", device: `gpujs:${this.#backend}`, reason, actual })
  }
}
