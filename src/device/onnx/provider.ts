/**
 * Whether an execution provider of onnxruntime works on this machine: it must be in the build, its libraries must be there, and a
 * small product must come out right on it.
 */
import { existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { cpus, hostname } from "node:os"
import { dirname, join } from "node:path"
import { hashJson } from "../../base/hash.ts"
import { messageOf } from "../../base/message.ts"
import { ndarray, zeros } from "../../base/ndarray.ts"
import { matmul } from "../../tensor/linear-algebra.ts"
import { trace } from "../../tensor/trace.ts"
import type { DeviceError } from "../device-error.ts"
import type { OnnxProvider } from "../device.ts"
import { encodeProgram, inputName, outputName } from "./encode.ts"
import type { OrtRuntime } from "./runtime.ts"
import { sessionOptions } from "./session-options.ts"

/** onnxruntime does not tell which graphics processor it found, so equal results are promised for one machine only. */
export const thisMachine = (): string => `machine-${hashJson([hostname(), cpus()[0]?.model ?? ""]).slice(0, 8)}`

/** Why `provider` cannot be used, if it cannot. */
export const probeProvider = async (runtime: OrtRuntime, provider: OnnxProvider): Promise<Pick<DeviceError & { _tag: "hardware-missing" | "library-missing" }, "_tag" | "reason"> | undefined> => {
  const backend = runtime.backends.find(({ name }) => name === provider)
  if (backend === undefined) return { _tag: "library-missing", reason: `onnxruntime-node has no provider ${provider} on ${process.platform} ${process.arch}; it has ${runtime.backends.map(({ name }) => name).join(", ")}` }
  // Asked for without its libraries, onnxruntime writes on standard error by itself.
  if (!backend.bundled && !hasLibrary(provider)) return { _tag: "library-missing", reason: `onnxruntime-node is installed without the libraries of its provider ${provider}; its documentation says how to add them` }
  try {
    return (await computes(runtime, provider)) ? undefined : { _tag: "hardware-missing", reason: `the provider ${provider} gives a wrong product` }
  } catch (error) {
    return { _tag: "hardware-missing", reason: spoken(messageOf(error)) }
  }
}

/** What an error of onnxruntime says: its first line, without the place in its sources and the condition, which end in "was false.". */
export const spoken = (message: string): string => (message.split("\n")[0] as string).replace(/^.* was false\. /, "")

const hasLibrary = (provider: OnnxProvider): boolean => {
  try {
    const bin = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "..", "bin")
    const folders = readdirSync(bin).map((version) => join(bin, version, process.platform, process.arch))
    return folders.some((folder) => existsSync(folder) && readdirSync(folder).some((file) => file.includes(`providers_${provider}`)))
  } catch {
    return false
  }
}

/** [1, 2] by [3, 4] is 11, on the provider alone. */
const computes = async (runtime: OrtRuntime, provider: OnnxProvider): Promise<boolean> => {
  const program = trace({ a: { shape: [1, 2] }, b: { shape: [2, 1] } }, ({ a, b }) => ({ c: matmul(a, b) }))
  const session = await runtime.createSession(encodeProgram(program), sessionOptions(1, provider))
  const result = zeros("f32", [1, 1])
  const given = (shape: readonly number[], ...values: readonly number[]) => runtime.tensor(ndarray("f32", shape, Float32Array.from(values)))
  await session.run({ [inputName("a")]: given([1, 2], 1, 2), [inputName("b")]: given([2, 1], 3, 4) }, { [outputName("c")]: runtime.tensor(result) })
  await session.release()
  return Math.abs(Number(result.data[0]) - 11) < 0.05
}
