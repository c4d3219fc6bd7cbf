/**
 * The gpu.js device: lowers programs to fused kernels and runs each program as one pipeline, on WebAssembly (portable,
 * SIMD), on plain JavaScript, or on a GPU through WebGPU; there, a program with resident tensors runs as a chain of kernels
 * instead, because a pipeline cannot keep them on the GPU. All arithmetic between loads and stores is f32, except that
 * the cpu backend computes in f64 and rounds when it stores.
 */
import { assert } from "../../base/assert.ts"
import type { Tensors } from "../../base/ndarray.ts"
import type { Program } from "../../tensor/program.ts"
import type { Compiled, Device, DeviceOptions } from "../device.ts"
import { GpujsBound } from "./bound.ts"
import { Chain } from "./chain.ts"
import type { Backend } from "./dialect.ts"
import { GpuState } from "./gpu-state.ts"
import { HostState } from "./host-state.ts"
import type { GpuLibrary } from "./library.ts"
import { type Plan, planProgram } from "./plan.ts"
import { Runner } from "./runner.ts"
import type { State } from "./state.ts"

/** A program's kernels, made when an instance first needs them. */
class Kernels {
  /** Instances of the compiled program that are open. */
  users = 0
  readonly #library: GpuLibrary
  readonly #backend: Backend
  readonly #plan: Plan
  readonly #threads: number
  #runner: Runner | undefined
  #chain: Chain | undefined

  constructor(library: GpuLibrary, backend: Backend, program: Program, threads: number) {
    this.#library = library
    this.#backend = backend
    this.#plan = planProgram(program, backend)
    this.#threads = threads
  }

  async hold(resident: ReadonlyMap<string, Float32Array>): Promise<State> {
    if (this.#backend === "webgpu" && resident.size > 0) {
      this.#chain ??= new Chain(this.#library, this.#plan)
      return GpuState.bind(this.#chain, resident)
    }
    this.#runner ??= new Runner(this.#library, this.#backend, this.#plan, this.#threads)
    return new HostState(this.#runner, resident)
  }

  async close(): Promise<void> {
    await this.#runner?.close()
    await this.#chain?.close()
  }
}

export class GpujsDevice implements Device {
  readonly name: Device["name"]
  readonly family: string
  readonly #library: GpuLibrary
  readonly #backend: Backend
  readonly #threads: number
  /** Programs of equal structure share their kernels; the last to close takes it down. */
  readonly #programs = new Map<string, Kernels>()

  /** `lowering` is the version of this lowering (`lowering.ts`). */
  constructor(library: GpuLibrary, backend: Backend, lowering: string, { threads }: DeviceOptions) {
    this.name = `gpujs:${backend}`
    this.family = [`gpujs-${backend}`, library.version, ...(library.adapter === undefined ? [] : [library.adapter]), lowering].join(" ")
    this.#library = library
    this.#backend = backend
    this.#threads = threads
  }

  async compile(program: Program): Promise<Compiled> {
    const kernels = this.#programs.get(program.hash) ?? new Kernels(this.#library, this.#backend, program, this.#threads)
    this.#programs.set(program.hash, kernels)
    kernels.users++
    let open = true
    return {
      program,
      bind: async (resident: Tensors) => {
        assert(open, "a closed program was bound")
        return GpujsBound.bind(program, resident, (numbers) => kernels.hold(numbers))
      },
      close: async () => {
        if (!open) return
        open = false
        if (--kernels.users > 0) return
        this.#programs.delete(program.hash)
        await kernels.close()
      },
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#programs.values()].map((kernels) => kernels.close()))
    this.#programs.clear()
  }
}
