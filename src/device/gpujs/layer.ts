/**
 * The kernels of a program, or of one iteration of a loop: which of its steps get one, what they read, in which order they are called.
 * Written once, however often they are called. Calls nothing: that is `plan.ts`.
 */
import { must } from "../../base/assert.ts"
import { scalar, sizeOf, type Shape } from "../../base/ndarray.ts"
import { add } from "../../tensor/elementwise.ts"
import { gather } from "../../tensor/indexing.ts"
import type { Expr } from "../../tensor/expr.ts"
import { inline } from "../../tensor/inline.ts"
import { loopsOf, operandNames, typeIn, type LoopStep } from "../../tensor/loop-body.ts"
import { makeProgram } from "../../tensor/make-program.ts"
import type { Loop, LoopOps } from "../../tensor/op/loop.ts"
import type { Program, Step } from "../../tensor/program.ts"
import { concat, pad } from "../../tensor/reshape.ts"
import { input } from "../../tensor/source.ts"
import { Body } from "./body.ts"
import type { Dialect } from "./dialect.ts"
import { type Kernel, threadKernel } from "./domain.ts"
import { expand } from "./expand.ts"
import { placeKernels } from "./fuse.ts"
import { Reader } from "./reader.ts"

/** A kernel that computes `step` from the buffers of other steps. */
interface KernelTask {
  readonly kernel: number
  readonly step: number
  readonly bound: readonly number[]
}

export interface LoopTask {
  readonly loop: Loop
  /** The body's kernels, and the step of each of its outputs. Its inputs are `names`, for the `operands`, and the counter. */
  readonly layer: Layer
  readonly outputs: { readonly [name: string]: number }
  readonly names: readonly string[]
  /** Steps of the layer around. */
  readonly operands: readonly number[]
  /** The results that are taken, the step of each, and the elements of one slice of it. */
  readonly results: readonly (Pick<LoopOps["scan"], "result" | "index"> & { readonly step: number; readonly size: number })[]
  /** Input and output of the body that count the iterations, for a body that reads slices, and the first number. */
  readonly counter: { readonly name: string; readonly start: Extract<Step, { op: "constant" }> } | undefined
}

export interface Layer {
  readonly steps: readonly Step[]
  readonly tasks: readonly (KernelTask | LoopTask)[]
}

const counterName = "iteration"

export class LayerWriter {
  /** Distinct kernels: equal texts with equal outputs are one. */
  readonly kernels: Kernel[] = []
  readonly #dialect: Dialect
  readonly #known = new Map<string, number>()
  readonly #singles = new Map<string, number>()

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** The kernels of a program, and the step of each of its outputs. */
  program(program: Program): { readonly layer: Layer; readonly outputs: { readonly [name: string]: number } } {
    const { steps, at, kept } = expand(program, this.#dialect)
    const outputs = Object.entries(program.outputs).map(([name, index]) => [name, must(at[index], "output step")] as const)
    const loops = loopsOf(steps)
    // What a loop reads is read from buffers.
    const operands = [...loops.keys()].flatMap((index) => must(steps[index], "loop").args)
    const placed = placeKernels(steps, [...outputs.map(([, index]) => index), ...operands], kept, this.#dialect)
    const tasks = steps.flatMap((step, index): readonly (KernelTask | LoopTask)[] => {
      if (placed.has(index)) return [this.#kernel(index, steps, placed)]
      if (step.op !== "scan") return []
      const results = must(loops.get(index), "loop")
      return results[0] === index ? [this.#loop(step, steps, results)] : []
    })
    return { layer: { steps, tasks }, outputs: Object.fromEntries(outputs) }
  }

  /** The kernel that lays arrays of these sizes end to end. */
  join(sizes: readonly number[]): number {
    return this.#small(`join ${sizes.join()}`, () => concat(sizes.map((size, i) => input(`part${i}`, [size])), 0))
  }

  /** The kernel that copies an array of this size, and leaves some room behind: buffers of another size are other buffers. */
  copy(size: number): number {
    return this.#small(`copy ${size}`, () => pad(input("part", [size]), [0], [4]))
  }

  /** A kernel of one op, written when first asked for. */
  #small(key: string, make: () => Expr): number {
    const known = this.#singles.get(key)
    if (known !== undefined) return known
    const { steps, outputs } = makeProgram({ outputs: { whole: make() } })
    const { kernel } = this.#kernel(must(outputs["whole"], "whole"), steps, new Set())
    this.#singles.set(key, kernel)
    return kernel
  }

  #kernel(index: number, steps: readonly Step[], placed: ReadonlySet<number>): KernelTask {
    const isBuffer = (i: number): boolean => {
      const { op } = must(steps[i], "step")
      return op === "input" || op === "constant" || op === "scan" || placed.has(i)
    }
    const body = new Body()
    const reader = new Reader(body, steps, this.#dialect, isBuffer)
    const shape: Shape = reader.step(index).shape
    const result = reader.compute(index, shape.map((extent, axis) => body.atoms.axis(axis, extent)), 0)
    const kernel = threadKernel(body, result, shape, reader.bound.map((_, i) => `a${i}`), this.#dialect)
    const key = `${kernel.output.join("x")} ${kernel.source}`
    const shared = this.#known.get(key) ?? this.kernels.push(kernel) - 1
    this.#known.set(key, shared)
    return { kernel: shared, step: index, bound: reader.bound }
  }

  #loop({ attrs, args }: LoopStep, steps: readonly Step[], results: readonly number[]): LoopTask {
    const { layer, outputs } = this.program(countingBody(attrs))
    const { body, carries, slices, length, reverse } = attrs
    return {
      loop: { body, carries, slices, length, reverse },
      layer,
      outputs,
      names: operandNames(attrs, args.length),
      operands: args,
      results: results.map((step) => {
        const { attrs: { result, index }, shape } = must(steps[step], "result") as LoopStep
        return { step, result, index, size: result === "final" ? 0 : sizeOf(shape.slice(1)) }
      }),
      counter: slices === 0 ? undefined : { name: counterName, start: counterStart(reverse ? length - 1 : 0) },
    }
  }
}

const counterStart = (first: number): Extract<Step, { op: "constant" }> => ({
  op: "constant",
  args: [],
  attrs: { value: scalar("i32", first) },
  shape: [],
  dtype: "i32",
})

/** The body as it is called: it takes whole stacks, and picks their slices by a counter that it passes on. */
const countingBody = ({ body, slices, length, reverse }: Loop): Program => {
  const counter = input(counterName, [], "i32")
  const inputs = Object.keys(body.inputs).map((name) => {
    const { shape, dtype } = must(typeIn(body, "inputs", name), name)
    const x = name.startsWith("slice") ? gather(input(name, [length, ...shape], dtype), counter) : input(name, shape, dtype)
    return [name, x] as const
  })
  const outputs = inline(body, Object.fromEntries(inputs))
  return makeProgram({ outputs: slices === 0 ? outputs : { ...outputs, [counterName]: add(counter, reverse ? -1 : 1) } })
}
