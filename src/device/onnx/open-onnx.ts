/**
 * The onnxruntime device: encodes a program as an ONNX model and runs it on the CPU. Results do not depend on the number
 * of threads; they do depend on the library's version, on the processor's vector instructions and on how programs are
 * lowered, so all three are in the family.
 */
import * as E from "fp-ts/lib/Either.js"
import { assert } from "../../base/assert.ts"
import type { Hash } from "../../base/hash.ts"
import { messageOf } from "../../base/message.ts"
import type { Tensors } from "../../base/ndarray.ts"
import type { Program } from "../../tensor/program.ts"
import type { Compiled, Device, DeviceOptions, OnnxProvider } from "../device.ts"
import { DeviceFailure, type DeviceError } from "../device-error.ts"
import { blockOf } from "./blocked/block.ts"
import { OnnxBound } from "./bound.ts"
import { lowerProgram } from "./encode.ts"
import { withEnd, writingInPlace } from "./in-place.ts"
import { instructionSet } from "./instruction-set.ts"
import { lowering } from "./lowering.ts"
import { encodeModel } from "./proto.ts"
import { probeProvider, thisMachine } from "./provider.ts"
import { importRuntime, loadRuntime, type OrtRuntime } from "./runtime.ts"
import { sessionOptions } from "./session-options.ts"
import { ThreadedSession } from "./threaded-session.ts"

interface Shared {
  readonly session: Promise<ThreadedSession>
  users: number
}

export class OnnxDevice implements Device {
  readonly name: Device["name"]
  readonly family: string
  readonly #provider: "cpu" | OnnxProvider
  readonly #runtime: OrtRuntime
  readonly #threads: number
  readonly #now: () => number
  /** Programs of equal structure share a session; the last to close releases it. */
  readonly #sessions = new Map<Hash, Shared>()

  /** Channels of a block of an image; 0 for none. */
  readonly #block: number

  constructor(runtime: OrtRuntime, { threads }: DeviceOptions, now: () => number, kernels: { readonly provider: OnnxProvider } | { readonly block: number }) {
    const provider = "provider" in kernels ? kernels.provider : "cpu"
    this.#block = "block" in kernels ? kernels.block : 0
    this.name = provider === "cpu" ? "onnx" : `onnx:${provider}`
    this.#provider = provider
    this.#runtime = runtime
    this.#threads = threads
    this.#now = now
    this.family = `onnx-${provider} ${runtime.version} ${provider === "cpu" ? instructionSet() : thisMachine()}${this.#block === 0 ? "" : ` blocks-of-${this.#block}`} ${lowering()}`
  }

  async compile(program: Program): Promise<Compiled> {
    const shared = this.#sessions.get(program.hash) ?? {
      session: this.#openSession(program),
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

  /** With how many threads a compiled program runs; undefined while that is being found out, and for any other program. */
  async threadsOf(program: Program): Promise<number | undefined> {
    return (await this.#sessions.get(program.hash)?.session)?.threads
  }

  #openSession(program: Program): Promise<ThreadedSession> {
    const open = (model: Parameters<typeof encodeModel>[0], threads: number) => this.#runtime.createSession(encodeModel(model), sessionOptions(threads, this.#provider))
    const create = (threads: number) =>
      this.#provider === "cpu"
        ? open(withEnd(lowerProgram(program, this.#block)), threads).then(writingInPlace)
        : open(lowerProgram(program), threads).catch((error: unknown) => this.#refuse(error))
    return ThreadedSession.open(program, { threads: this.#provider === "cpu" ? this.#threads : 1, create, now: this.#now })
  }

  /** What a provider does not run, the CPU must not run in its place: an error in words. */
  #refuse(error: unknown): never {
    const reason = `the provider ${this.#provider} has no kernel for a step of this program, and the CPU does not stand in: ${messageOf(error)}`
    throw new DeviceFailure({ _tag: "hardware-missing", device: this.name, reason })
  }

  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()]
    this.#sessions.clear()
    await Promise.all(sessions.map(async ({ session }) => (await session).release()))
  }
}

/** Opens onnxruntime, or says that it is not installed. `importModule` and `now` are for tests. */
export const openOnnx = async (
  options: DeviceOptions,
  importModule: () => Promise<unknown> = importRuntime,
  now: () => number = () => performance.now(),
): Promise<E.Either<DeviceError, OnnxDevice>> => {
  const runtime = await loadRuntime(importModule)
  return E.isLeft(runtime) ? runtime : E.right(new OnnxDevice(runtime.right, options, now, { block: await blockOf(runtime.right) }))
}

/** Opens onnxruntime on another provider than its CPU kernels, or says why that cannot be had. Nothing ever runs on the CPU instead. */
export const openProvider = async (
  provider: OnnxProvider,
  options: DeviceOptions,
  importModule: () => Promise<unknown> = importRuntime,
): Promise<E.Either<DeviceError, OnnxDevice>> => {
  const runtime = await loadRuntime(importModule)
  if (E.isLeft(runtime)) return E.left({ ...runtime.left, device: `onnx:${provider}` })
  const fault = await probeProvider(runtime.right, provider)
  return fault === undefined
    ? E.right(new OnnxDevice(runtime.right, options, () => performance.now(), { provider }))
    : E.left({ ...fault, device: `onnx:${provider}` })
}
