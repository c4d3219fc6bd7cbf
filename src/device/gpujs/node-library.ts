/** gpu.js in Node: loads it for the first program, and starts WebGPU where that is wanted, which Node does not have by itself. */
import { messageOf } from "../../base/message.ts"
import { existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { homedir } from "node:os"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import type { DeviceError } from "../device-error.ts"
import type { Backend } from "./dialect.ts"
import { type GpuLibrary, type GpuModule, makeLibrary } from "./library.ts"

interface Adapter {
  readonly info?: { readonly vendor?: string; readonly architecture?: string; readonly device?: string; readonly description?: string }
}

interface WebGpu {
  requestAdapter(): Promise<Adapter | null>
}

/** Where the Vulkan loader looks for drivers on Linux. */
const driverFolders = ["/usr/share", "/etc", "/usr/local/share", "/usr/local/etc", join(homedir(), ".local/share")].map((root) =>
  join(root, "vulkan/icd.d"),
)

/** Asked before Dawn is loaded, because without a driver Dawn prints warnings and takes half a second to say no. */
const hasDriver = (): boolean =>
  process.platform !== "linux" ||
  Boolean(process.env["VK_ICD_FILENAMES"] ?? process.env["VK_DRIVER_FILES"]) ||
  driverFolders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0)

const missing = (reason: string): E.Either<DeviceError, never> => E.left({ _tag: "hardware-missing", device: "gpujs:webgpu", reason })

/** gpu.js looks for `navigator.gpu`, which Node does not have: the `webgpu` package supplies it. */
const startWebGpu = async (): Promise<E.Either<DeviceError, string>> => {
  if (!hasDriver()) return missing("no Vulkan driver is installed (a GPU's, or a software one named in VK_ICD_FILENAMES)")
  try {
    const scope = globalThis as { navigator?: { gpu?: WebGpu } }
    if (scope.navigator === undefined) Object.defineProperty(scope, "navigator", { value: {}, configurable: true, writable: true })
    const navigator = scope.navigator ?? {}
    if (navigator.gpu === undefined) {
      const name: string = "webgpu"
      const loaded = (await import(name)) as { readonly create: (flags: readonly string[]) => WebGpu; readonly globals: object }
      Object.assign(globalThis, loaded.globals)
      Object.defineProperty(navigator, "gpu", { value: loaded.create([]), configurable: true, writable: true })
    }
    const adapter = await navigator.gpu?.requestAdapter()
    if (!adapter) return missing("no WebGPU adapter answers: neither a GPU nor a software Vulkan driver was found")
    const { vendor, architecture, device: model, description } = adapter.info ?? {}
    return E.right([vendor, architecture, model, description].filter(Boolean).join(" ") || "unnamed adapter")
  } catch (error) {
    return E.left({ _tag: "library-missing", device: "gpujs:webgpu", reason: `the webgpu package does not load: ${messageOf(error)}` })
  }
}

/** `load` is asked when the first program is: of the devices that a worker opens, one for each size of program, most jobs use one. */
const whenUsed = (version: string, adapter: string | undefined, load: () => GpuLibrary): GpuLibrary => {
  let loaded: GpuLibrary | undefined
  const library = (): GpuLibrary => (loaded ??= load())
  return { version, adapter, start: () => library().start(), input: (values) => library().input(values) }
}

/** gpu.js for one backend. */
export const loadGpu = async (backend: Backend): Promise<E.Either<DeviceError, GpuLibrary>> => {
  const adapter: E.Either<DeviceError, string | undefined> = backend === "webgpu" ? await startWebGpu() : E.right(undefined)
  if (E.isLeft(adapter)) return adapter
  try {
    const require = createRequire(import.meta.url)
    const { version } = require("gpu.js/package.json") as { readonly version: string }
    return E.right(whenUsed(version, adapter.right, () => makeLibrary(require("gpu.js") as GpuModule, backend, version, adapter.right)))
  } catch (error) {
    return E.left({ _tag: "library-missing", device: `gpujs:${backend}`, reason: `gpu.js is not installed: ${messageOf(error)}` })
  }
}
