/**
 * The onnxruntime device: encodes a program as an ONNX model and runs it on the CPU. Results do not depend on the number
 * of threads; they do depend on the library's version, on the processor's vector instructions and on how programs are
 * lowered, so all three are in the family.
 */
import * as E from "fp-ts/lib/Either.js"
import { assert } from "../../base/assert.ts"
import { messageOf } from "../../base/message.ts"
import type { Tensors } from "../../base/ndarray.ts"
import type { Program } from "../../tensor/program.ts"
import type { Compiled, Device, DeviceOptions, OnnxProvider } from "../device.ts"
import { DeviceFailure, type DeviceError } from "../device-error.ts"
import { blockOf } from "./blocked/block.ts"
import { heldOf, OnnxBound, ownConstants } from "./bound.ts"
import { withConstants } from "./constants.ts"
import { lowerProgram } from "./encode.ts"
import { refusalOf, withEnd, writingInPlace } from "./in-place.ts"
import { instructionSet } from "./instruction-set.ts"
import { lowering } from "./lowering.ts"
import { encodeModel } from "./proto.ts"
import { probeProvider, thisMachine } from "./provider.ts"
import { importRuntime, loadRuntime, type OrtRuntime, type OrtSession } from "./runtime.ts"
import { sessionOptions } from "./session-options.ts"
import { type Lease, Sessions } from "./sessions.ts"
import { ThreadedSession } from "./threaded-session.ts"

/** What the library at hand does on this processor: `blockOf`, `refusalOf`. */
interface CpuKernels {
  readonly block: number
  readonly refusal: string | undefined
}

export class OnnxDevice implements Device {
  readonly name: Device["name"]
  readonly family: string
  readonly #provider: "cpu" | OnnxProvider
  readonly #runtime: OrtRuntime
  readonly #threads: number
  readonly #now: () => number
  /** By the hash of a program: programs of equal structure share a session. One whose model holds constants is of one binding, and by that. */
  readonly #sessions = new Sessions()

  /** Channels of a block of an image; 0 for none. */
  readonly #block: number
  readonly #refusal: string | undefined

  constructor(runtime: OrtRuntime, { threads }: DeviceOptions, now: () => number, kernels: { readonly provider: OnnxProvider } | CpuKernels) {
    const provider = "provider" in kernels ? kernels.provider : "cpu"
    this.#block = "block" in kernels ? kernels.block : 0
    this.#refusal = "block" in kernels ? kernels.refusal : undefined
    this.name = provider === "cpu" ? "onnx" : `onnx:${provider}`
    this.#provider = provider
    this.#runtime = runtime
    this.#threads = threads
    this.#now = now
    this.family = `onnx-${provider} ${runtime.version} ${provider === "cpu" ? instructionSet() : thisMachine()}${this.#block === 0 ? "" : ` blocks-of-${this.#block}`} ${lowering()}`
  }

  async compile(program: Program): Promise<Compiled> {
    let open = true
    /** For the bindings that hold no constants, from the first one on. */
    let shared: Promise<Lease> | undefined
    const bindings = new Set<OnnxBound>()
    return {
      program,
      bind: async (resident: Tensors) => {
        assert(open, "a closed program was bound")
        const { constants, state } = heldOf(program, resident)
        const read = { constants }
        const lease = (key: unknown) => this.#sessions.lease(key, () => this.#openSession(program, () => read.constants))
        const isShared = Object.keys(constants).length === 0
        const { session, release } = await (isShared ? (shared ??= lease(program.hash)) : lease(read))
        // The session has its own. Ours are for sessions of other numbers of threads, and to show beside state that they stayed as they
        // were; where neither is wanted, they are those of who bound them.
        if (session.threads === undefined || Object.keys(state).length > 0) read.constants = ownConstants(constants)
        const bound = new OnnxBound(program, this.#runtime, session, { constants: read.constants, state }, async () => {
          bindings.delete(bound)
          if (!isShared) await release()
        })
        bindings.add(bound)
        return bound
      },
      close: async () => {
        open = false
        await Promise.all([...bindings].map((bound) => bound.close()))
        await shared?.then(({ release }) => release(), () => undefined)
      },
    }
  }

  /** With how many threads a program that holds no constants runs; undefined while that is being found out, and for any other program. */
  async threadsOf(program: Program): Promise<number | undefined> {
    return (await this.#sessions.find(program.hash))?.threads
  }

  /** `constants`: those that are part of the model, whenever a session is made. */
  #openSession(program: Program, constants: () => Tensors): Promise<ThreadedSession> {
    const create = async (threads: number): Promise<OrtSession> => {
      const { model, externalData } = withConstants(lowerProgram(program, { provider: this.#provider, threads, block: this.#block }), constants())
      const open = (whole: Parameters<typeof encodeModel>[0]) => this.#runtime.createSession(encodeModel(whole), { ...sessionOptions(threads, this.#provider), externalData })
      if (this.#provider !== "cpu") return open(model).catch((error: unknown) => this.#refuse(error))
      return this.#refusal === undefined ? open(model) : writingInPlace(await open(withEnd(model)), this.#refusal)
    }
    return ThreadedSession.open(program, { threads: this.#provider === "cpu" ? this.#threads : 1, create, now: this.#now })
  }

  /** What a provider does not run, the CPU must not run in its place: an error in words. */
  #refuse(error: unknown): never {
    const reason = `the provider ${this.#provider} has no kernel for a step of this program, and the CPU does not stand in: ${messageOf(error)}`
    throw new DeviceFailure({ _tag: "hardware-missing", device: this.name, reason })
  }

  close(): Promise<void> {
    return this.#sessions.close()
  }
}

/** Opens onnxruntime, or says that it is not installed. `importModule` and `now` are for tests. */
export const openOnnx = async (
  options: DeviceOptions,
  importModule: () => Promise<unknown> = importRuntime,
  now: () => number = () => performance.now(),
): Promise<E.Either<DeviceError, OnnxDevice>> => {
  const runtime = await loadRuntime(importModule)
  if (E.isLeft(runtime)) return runtime
  const kernels = { block: await blockOf(runtime.right), refusal: await refusalOf(runtime.right) }
  return E.right(new OnnxDevice(runtime.right, options, now, kernels))
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
