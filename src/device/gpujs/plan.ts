/**
 * A program lowered to kernels: which sources there are, in which order they are called on which arrays, and where
 * each output comes from. Plain data; runs nothing. The kernels themselves are written in `layer.ts`.
 *
 * A loop is unrolled: its body's kernels are called once an iteration, on what the iteration before left. Their texts are written
 * once, and the number of the iteration reaches them as data.
 * There is no limit of length but time and room: a call takes gpu.js about 0.1 ms to prepare, so a loop of 10,000 iterations of a dozen
 * kernels takes seconds to compile, and what it stacks is all on the device.
 */
import { assert, must } from "../../base/assert.ts"
import { numbersOf, sizeOf, type NdArray } from "../../base/ndarray.ts"
import { foldConstants } from "../../tensor/constant-folding.ts"
import { typeIn } from "../../tensor/loop-body.ts"
import type { Program, Step } from "../../tensor/program.ts"
import { type Backend, dialects, largestInteger } from "./dialect.ts"
import type { Kernel } from "./domain.ts"
import { origin } from "./fuse.ts"
import { Joined } from "./joined.ts"
import { type Layer, LayerWriter, type LoopTask } from "./layer.ts"

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

/** Where the numbers of a step are; undefined when it has none. */
type SourceOf = (index: number) => Source | undefined

class Planner {
  readonly calls: Call[] = []
  readonly arguments: Argument[] = []
  readonly #writer: LayerWriter
  readonly #inputs = new Map<string, Source>()
  readonly #constants = new Map<NdArray, Source>()
  /** Calls that copy, and leave room behind. */
  readonly #copies = new Set<number>()

  constructor(writer: LayerWriter) {
    this.#writer = writer
  }

  input(name: string): Source {
    const source = this.#inputs.get(name) ?? this.#argument({ input: name })
    this.#inputs.set(name, source)
    return source
  }

  /** Calls the kernels of a layer, in order. `given` says where its inputs are. */
  run({ steps, tasks }: Layer, given: (input: string) => Source | undefined): SourceOf {
    const sources = new Map<number, Source | undefined>()
    const sourceOf = (index: number): Source | undefined => {
      const at = origin(index, steps)
      const step = must(steps[at], "step")
      if (sizeOf(step.shape) === 0) return undefined
      if (step.op === "input") return given(step.attrs.name)
      if (step.op === "constant") return this.#constant(step)
      assert(sources.has(at), `step ${at} (${step.op}) has no buffer`)
      return sources.get(at)
    }
    for (const task of tasks) {
      if ("kernel" in task) sources.set(task.step, this.#call(task.kernel, task.bound.map((index) => must(sourceOf(index), "buffer"))))
      else this.#loop(task, task.operands.map(sourceOf)).forEach((source, i) => sources.set(must(task.results[i], "result").step, source))
    }
    return sourceOf
  }

  /** Calls the body once an iteration and gives back where each result of the loop is. */
  #loop({ layer, outputs, names, loop, results, counter }: LoopTask, operands: readonly (Source | undefined)[]): readonly (Source | undefined)[] {
    const { body, carries, length, reverse } = loop
    const now = new Map(names.map((name, i) => [name, operands[i]]))
    if (counter !== undefined) now.set(counter.name, this.#constant(counter.start))
    const sizes = names.slice(0, carries).map((name) => [name, sizeOf(must(typeIn(body, "inputs", name), name).shape)] as const)
    const state = counter === undefined ? sizes : [...sizes, [counter.name, 1] as const]
    const stacks = results.map(({ size }) => new Joined(size, reverse, (parts, sources) => this.#call(this.#writer.join(parts), sources)))
    for (let n = 0; n < length; n++) {
      const sourceOf = this.run(layer, (input) => now.get(input))
      const after = (name: string): Source | undefined => sourceOf(must(outputs[name], name))
      // A single carry changes between two buffers anyway.
      const made = new Map<number, Source>()
      const kept = (source: Source | undefined, size: number) => (carries > 1 && length > 1 ? this.#apart(source, size, made) : source)
      results.forEach(({ result, index, size }, i) => {
        const piece = result === "out" ? kept(after(`out${index}`), size) : result === "entering" ? now.get(`carry${index}`) : undefined
        if (piece !== undefined) must(stacks[i], "stack").push(piece)
      })
      const next = state.map(([name, size]) => [name, n === length - 1 ? this.#exact(after(name), size) : kept(after(name), size)] as const)
      for (const [name, source] of next) now.set(name, source)
    }
    return results.map(({ result, index }, i) => (result === "final" ? now.get(`carry${index}`) : must(stacks[i], "stack").whole()))
  }

  /**
   * A copy in a buffer of a kind that nothing else uses, so that every iteration finds its state in the same places and leaves all
   * other buffers free. gpu.js compiles a kernel once for each set of buffers: without this, the time to compile would grow with the
   * length of the loop.
   */
  #apart(source: Source | undefined, size: number, made: Map<number, Source>): Source | undefined {
    if (source === undefined || source.from === "argument") return source
    const copy = made.get(source.index) ?? this.#call(this.#writer.copy(size), [source])
    made.set(source.index, copy)
    this.#copies.add(copy.index)
    return copy
  }

  /** The same numbers in an array of their own size. */
  #exact(source: Source | undefined, size: number): Source | undefined {
    const copied = source !== undefined && source.from === "call" && this.#copies.has(source.index)
    return copied ? this.#call(this.#writer.join([size]), [source]) : source
  }

  #call(kernel: number, read: readonly Source[]): Source {
    return { from: "call", index: this.calls.push({ kernel, arguments: read }) - 1 }
  }

  #constant({ attrs: { value } }: Extract<Step, { op: "constant" }>): Source {
    const source = this.#constants.get(value) ?? this.#argument({ constant: constantNumbers(value) })
    this.#constants.set(value, source)
    return source
  }

  #argument(value: Argument): Source {
    return { from: "argument", index: this.arguments.push(value) - 1 }
  }
}

const constantNumbers = (value: NdArray): Float32Array => {
  const { dtype, data } = value
  assert(dtype !== "i32" || data.every((value) => Math.abs(value) < largestInteger), `gpu.js kernels hold integers below ${largestInteger}`)
  return Float32Array.from(numbersOf(value))
}

/** Lowers a program for one backend. */
export const planProgram = (program: Program, backend: Backend): Plan => {
  const writer = new LayerWriter(dialects[backend])
  const { layer, outputs } = writer.program(foldConstants(program))
  const planner = new Planner(writer)
  const sourceOf = planner.run(layer, (name) => planner.input(name))
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, index]) => [name, sourceOf(index)])),
    arguments: planner.arguments,
    kernels: writer.kernels,
    calls: planner.calls,
  }
}
