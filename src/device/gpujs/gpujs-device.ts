/**
 * The gpu.js device: lowers programs to fused kernels and runs each program as one pipeline, on WebAssembly (portable,
 * SIMD), on plain JavaScript, or on a GPU through WebGPU. All arithmetic between loads and stores is f32, except that
 * the cpu backend computes in f64 and rounds when it stores.
 */
import { assert } from "../../base/assert.ts"
import type { Tensors } from "../../base/ndarray.ts"
import type { Program } from "../../tensor/program.ts"
import type { Compiled, Device, DeviceOptions } from "../device.ts"
import { GpujsBound } from "./bound.ts"
import type { Backend } from "./dialect.ts"
import type { GpuLibrary } from "./library.ts"
import { planProgram } from "./plan.ts"
import { Runner } from "./runner.ts"

interface Shared {
  readonly runner: Runner
  users: number
}

export class GpujsDevice implements Device {
  readonly name: Device["name"]
  readonly family: string
  readonly #library: GpuLibrary
  readonly #backend: Backend
  readonly #threads: number
  /** Programs of equal structure share one pipeline; the last to close takes it down. */
  readonly #programs = new Map<string, Shared>()

  /** `lowering` is the version of this lowering (`lowering.ts`). */
  constructor(library: GpuLibrary, backend: Backend, lowering: string, { threads }: DeviceOptions) {
    this.name = `gpujs:${backend}`
    this.family = [`gpujs-${backend}`, library.version, ...(library.adapter === undefined ? [] : [library.adapter]), lowering].join(" ")
    this.#library = library
    this.#backend = backend
    this.#threads = threads
  }

  async compile(program: Program): Promise<Compiled> {
    const shared = this.#programs.get(program.hash) ?? {
      runner: new Runner(this.#library, this.#backend, planProgram(program, this.#backend), this.#threads),
      users: 0,
    }
    this.#programs.set(program.hash, shared)
    shared.users++
    let open = true
    return {
      program,
      bind: async (resident: Tensors) => {
        assert(open, "a closed program was bound")
        return new GpujsBound(program, shared.runner, resident)
      },
      close: async () => {
        if (!open) return
        open = false
        if (--shared.users > 0) return
        this.#programs.delete(program.hash)
        await shared.runner.close()
      },
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#programs.values()].map(({ runner }) => runner.close()))
    this.#programs.clear()
  }
}
