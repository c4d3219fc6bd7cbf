/**
 * The small part of gpu.js that the lowering uses, typed: gpu.js itself is CommonJS with `any` in its typings. Starts
 * nothing and imports nothing of it, so that Node (`node-library.ts`) and a page can each bring their own copy.
 */
import type { Backend } from "./dialect.ts"
import { contiguousKernel, type WasmKernelClass } from "./wasm-kernel.ts"

/**
 * A kernel. Inside an orchestration function it takes and gives back opaque handles; outside of one, with `pipeline: true` on
 * webgpu, arrays or buffers in, and the promise of a buffer out.
 */
export interface GpuKernel {
  (...handles: readonly unknown[]): unknown
  readonly kernel: { readonly constructor: { readonly mode: string } }
  destroy(): void
}

/** A handle of a buffer on the GPU. Buffers are counted: one goes when its last handle is deleted. */
export interface GpuBuffer {
  readonly type: string
  readonly context: { readonly device: { readonly queue: { onSubmittedWorkDone(): Promise<void> } } }
  /** Downloads it. */
  toArray(): Promise<unknown>
  /** Another handle of the same buffer. */
  clone(): GpuBuffer
  delete(): void
}

export interface GpuKernelSettings {
  readonly output: readonly number[]
  readonly pipeline?: boolean
  readonly immutable?: boolean
}

export interface GpuPipeline {
  (...values: readonly unknown[]): Promise<unknown>
  /** `fused-sync` or `fused-threaded` (webasm), `fused-encoder` (webgpu), `generic`. Known after the first call. */
  readonly executorKind: string
  /** Mode of the kernels that really ran. */
  readonly backend: string
  readonly fallbackReason: string | null
  destroy(): Promise<void>
}

/** Calls kernels on handles and gives back the handles whose values are wanted. Its `length` is the number of arguments. */
export type Orchestration = (...handles: readonly unknown[]) => readonly unknown[]

export interface Gpu {
  createKernel(source: string, settings: GpuKernelSettings): GpuKernel
  createPipeline(orchestration: Orchestration, settings: { readonly threads: boolean }): GpuPipeline
  destroy(): Promise<void>
}

export interface GpuLibrary {
  readonly version: string
  /** Name of the adapter, for webgpu. */
  readonly adapter: string | undefined
  /** A fresh instance: instances keep every kernel they made, so each program gets one that goes when the program goes. */
  readonly start: () => Gpu
  /** An array argument with its extents, typed like the results of other kernels. */
  readonly input: (values: Float32Array) => unknown
}

/** What `gpu.js` exports, as far as it is used. */
export interface GpuModule {
  /** `Kernel` is the class that `createKernel` makes kernels of, chosen from the mode. */
  readonly GPU: new (settings: { readonly mode: Backend }) => Gpu & { Kernel: unknown }
  readonly WebAssemblyKernel: WasmKernelClass
  readonly input: (values: Float32Array, size: readonly number[]) => unknown
}

/**
 * Numbers that a pipeline takes no copy of when it is called, which it would by `slice`: on webasm it copies them into its memory
 * anyway. Whoever calls it waits for the result before changing them.
 */
const lent = (values: Float32Array): Float32Array => {
  const view = values.subarray()
  Object.defineProperty(view, "slice", { value: () => view })
  return view
}

export const makeLibrary = (module: GpuModule, backend: Backend, version: string, adapter: string | undefined): GpuLibrary => {
  const kernelClass = backend === "webasm" ? contiguousKernel(module.WebAssemblyKernel) : undefined
  return {
    version,
    adapter,
    start: () => {
      const gpu = new module.GPU({ mode: backend })
      if (kernelClass !== undefined) gpu.Kernel = kernelClass
      return gpu
    },
    input: (values) => module.input(backend === "webasm" ? lent(values) : values, [values.length]),
  }
}
