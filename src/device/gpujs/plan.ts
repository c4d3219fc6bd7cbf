/**
 * A program lowered to kernels: which sources there are, in which order they are called on which arrays, and where
 * each output comes from. Plain data; runs nothing.
 */
import { assert, must } from "../../base/assert.ts"
import { sizeOf, type Shape } from "../../base/ndarray.ts"
import type { Program, Step } from "../../tensor/program.ts"
import { Body } from "./body.ts"
import { type Backend, dialects, largestInteger, type Dialect } from "./dialect.ts"
import { type Kernel, threadKernel } from "./domain.ts"
import { expand } from "./expand.ts"
import { origin, placeKernels } from "./fuse.ts"
import { Reader } from "./reader.ts"

/** An array a kernel reads: an argument of the pipeline or the result of an earlier call. */
export interface Source {
  readonly from: "argument" | "call"
  readonly index: number
}

/** What the host gives to a run: an input by name, or numbers known when the program was written. */
export type Argument = { readonly input: string } | { readonly constant: Float32Array }

export interface Call {
  /** Index into `kernels`. */
  readonly kernel: number
  readonly arguments: readonly Source[]
}

export interface Plan {
  readonly arguments: readonly Argument[]
  /** Distinct kernels: calls with the same text and output share one. */
  readonly kernels: readonly Kernel[]
  readonly calls: readonly Call[]
  /** Where the numbers of each output of the program are; undefined when it has none. */
  readonly outputs: { readonly [name: string]: Source | undefined }
}

const constantNumbers = (step: Extract<Step, { op: "constant" }>): Float32Array => {
  const { dtype, data } = step.attrs.value
  assert(dtype !== "i32" || data.every((value) => Math.abs(value) < largestInteger), `gpu.js kernels hold integers below ${largestInteger}`)
  return Float32Array.from(data)
}

const writeKernel = (index: number, steps: readonly Step[], dialect: Dialect, isBuffer: (i: number) => boolean) => {
  const body = new Body()
  const reader = new Reader(body, steps, dialect, isBuffer)
  const shape: Shape = reader.step(index).shape
  const coords = shape.map((extent, axis) => body.atoms.axis(axis, extent))
  const result = reader.compute(index, coords, 0)
  return { kernel: threadKernel(body, result, shape, reader.bound.map((_, i) => `a${i}`), dialect), bound: reader.bound }
}

/** Lowers a program for one backend. */
export const planProgram = (program: Program, backend: Backend): Plan => {
  const dialect = dialects[backend]
  const { steps, at } = expand(program)
  const outputs = Object.entries(program.outputs).map(([name, index]) => [name, must(at[index], "output step")] as const)
  const placed = placeKernels(steps, outputs.map(([, index]) => index), dialect)

  const sources = new Map<number, Source>()
  const hostArguments: Argument[] = []
  const argument = (index: number, value: Argument): Source => {
    const source: Source = { from: "argument", index: hostArguments.push(value) - 1 }
    sources.set(index, source)
    return source
  }
  const sourceOf = (index: number): Source => {
    const known = sources.get(index)
    if (known !== undefined) return known
    const step = must(steps[index], "step")
    if (step.op === "input") return argument(index, { input: step.attrs.name })
    assert(step.op === "constant", `step ${index} (${step.op}) has no buffer`)
    return argument(index, { constant: constantNumbers(step) })
  }
  const isBuffer = (index: number): boolean => {
    const { op } = must(steps[index], "step")
    return op === "input" || op === "constant" || placed.has(index)
  }

  const kernels: Kernel[] = []
  const known = new Map<string, number>()
  const calls: Call[] = []
  for (const index of [...placed].sort((a, b) => a - b)) {
    const { kernel, bound } = writeKernel(index, steps, dialect, isBuffer)
    const key = `${kernel.output.join("x")} ${kernel.source}`
    const shared = known.get(key) ?? kernels.push(kernel) - 1
    known.set(key, shared)
    const read = bound.map(sourceOf)
    sources.set(index, { from: "call", index: calls.push({ kernel: shared, arguments: read }) - 1 })
  }
  return {
    arguments: hostArguments,
    kernels,
    calls,
    outputs: Object.fromEntries(
      outputs.map(([name, index]) => [name, sizeOf(must(steps[index], "step").shape) === 0 ? undefined : sourceOf(origin(index, steps))]),
    ),
  }
}

