/**
 * The onnxruntime device: encodes a program as an ONNX model and runs it on the CPU. Results do not depend on the number
 * of threads; they do depend on the library's version, on the processor's vector instructions and on how programs are
 * lowered, so all three are in the family.
 */
import * as E from "fp-ts/lib/Either.js"
import { assert } from "../../base/assert.ts"
import type { Hash } from "../../base/hash.ts"
import type { Tensors } from "../../base/ndarray.ts"
import type { Program } from "../../tensor/program.ts"
import type { Compiled, Device, DeviceOptions } from "../device.ts"
import type { DeviceError } from "../device-error.ts"
import { OnnxBound } from "./bound.ts"
import { encodeProgram } from "./encode.ts"
import { instructionSet } from "./instruction-set.ts"
import { lowering } from "./lowering.ts"
import { importRuntime, loadRuntime, type OrtRuntime, type OrtSession } from "./runtime.ts"
import { sessionOptions } from "./session-options.ts"

interface Shared {
  readonly session: Promise<OrtSession>
  users: number
}

class OnnxDevice implements Device {
  readonly name = "onnx"
  readonly family: string
  readonly #runtime: OrtRuntime
  readonly #threads: number
  /** Programs of equal structure share a session; the last to close releases it. */
  readonly #sessions = new Map<Hash, Shared>()

  constructor(runtime: OrtRuntime, { threads }: DeviceOptions) {
    this.#runtime = runtime
    this.#threads = threads
    this.family = `onnx-cpu ${runtime.version} ${instructionSet()} ${lowering()}`
  }

  async compile(program: Program): Promise<Compiled> {
    const shared = this.#sessions.get(program.hash) ?? {
      session: this.#runtime.createSession(encodeProgram(program), sessionOptions(this.#threads)),
      users: 0,
    }
    this.#sessions.set(program.hash, shared)
    shared.users++
    const release = async () => {
      if (--shared.users > 0) return
      this.#sessions.delete(program.hash)
      await (await shared.session).release()
    }
    const session = await shared.session.catch(async (error: unknown) => {
      this.#sessions.delete(program.hash)
      throw error
    })
    let open = true
    return {
      program,
      bind: async (resident: Tensors) => {
        assert(open, "a closed program was bound")
        return new OnnxBound(program, this.#runtime, session, resident)
      },
      close: async () => {
        if (!open) return
        open = false
        await release()
      },
    }
  }

  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()]
    this.#sessions.clear()
    await Promise.all(sessions.map(async ({ session }) => (await session).release()))
  }
}

/** Opens onnxruntime, or says that it is not installed. `importModule` is for tests. */
export const openOnnx = async (
  options: DeviceOptions,
  importModule: () => Promise<unknown> = importRuntime,
): Promise<E.Either<DeviceError, Device>> => {
  const runtime = await loadRuntime(importModule)
  return E.isLeft(runtime) ? runtime : E.right(new OnnxDevice(runtime.right, options))
}
