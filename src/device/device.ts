/**
 * What runs programs. A device compiles a program once and runs it many times; both lowerings (`gpujs/`, `onnx/`)
 * implement these three interfaces and nothing more. The device never keeps what it was not told to keep.
 *
 * State without copies: `bind` puts some of a program's inputs on the device. A bound input that has an output of
 * the same name is replaced by that output after each run (weights, optimiser state); a bound input without one is a
 * constant there (a frozen substrate, frozen blocks). So a training step is an ordinary program whose new
 * weights have the names of the old ones. SPEC D1-D4.
 */
import type { Tensors } from "../base/ndarray.ts"
import type { Program } from "../tensor/program.ts"
import type { SizeClass } from "./yardstick.ts"

/** Execution providers of onnxruntime beside its CPU kernels. They have not every op, and refuse a program with one that they lack. */
export type OnnxProvider = "cuda" | "coreml" | "dml" | "webgpu"

export type DeviceName = "onnx" | `onnx:${OnnxProvider}` | "gpujs:webasm" | "gpujs:cpu" | "gpujs:webgpu"

export const deviceNames: readonly DeviceName[] = [
  "onnx", "gpujs:webasm", "gpujs:cpu", "gpujs:webgpu", "onnx:cuda", "onnx:coreml", "onnx:dml", "onnx:webgpu",
]

/** Those that run every program, which is what can be chosen unasked. */
export const wholeDeviceNames: readonly DeviceName[] = deviceNames.filter((name) => !name.startsWith("onnx:"))

/** A device for the programs of each size: what is decided where nobody names one. */
export type Picks = Readonly<Record<SizeClass, DeviceName>>

export interface DeviceOptions {
  /** Threads a run may use; results do not depend on it, but for one exception in SPEC D4. */
  readonly threads: number
  /** Every run fails at the first step that makes a number that is not finite; see `trap.ts`. Results are the same. */
  readonly trapNan?: boolean
}

export interface Device {
  readonly name: DeviceName
  /** Two devices of one family give the same bytes for the same program: part of the key of whatever computes floats on it. */
  readonly family: string
  compile(program: Program): Promise<Compiled>
  close(): Promise<void>
}

export interface Compiled {
  readonly program: Program
  /**
   * A private instance with `resident` on the device (copied in). Names must be inputs of the program. Of constants beside no state,
   * large ones, a device may keep the caller's for `Bound.resident`: who writes to them while they are bound finds that there, in no run.
   */
  bind(resident: Tensors): Promise<Bound>
  close(): Promise<void>
}

export interface Bound {
  /**
   * One execution. `inputs` are exactly the program's inputs that are not resident. Gives back exactly the outputs
   * that do not replace a resident input; the arrays belong to the caller.
   */
  run(inputs: Tensors): Promise<Tensors>
  /** A copy of the resident tensors as they are after the last run. */
  resident(): Promise<Tensors>
  close(): Promise<void>
}
