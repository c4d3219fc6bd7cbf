/**
 * A program with some of its inputs resident. gpu.js pipelines take and give back host arrays, so resident tensors are
 * host arrays that feed the next run as they came out of the last: no conversion, no copy of ours. What gpu.js copies on
 * its own (arguments in, results out) is a memory move of the weights, small beside a step that computes with them; on
 * webgpu it crosses to the GPU and back.
 */
import { assert, must } from "../../base/assert.ts"
import { sizeOf, type NdArray, type Tensors } from "../../base/ndarray.ts"
import type { Program } from "../../tensor/program.ts"
import type { Bound } from "../device.ts"
import { fromNumbers, toNumbers } from "./numbers.ts"
import type { Source } from "./plan.ts"
import type { Runner } from "./runner.ts"

export class GpujsBound implements Bound {
  readonly #program: Program
  readonly #runner: Runner
  readonly #resident = new Map<string, Float32Array>()
  /** Runs happen in the order they were asked for: each may read what the one before it left. */
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(program: Program, runner: Runner, resident: Tensors) {
    this.#program = program
    this.#runner = runner
    for (const [name, array] of Object.entries(resident)) {
      this.#check(name, array)
      this.#resident.set(name, toNumbers(array, name).slice())
    }
  }

  async run(inputs: Tensors): Promise<Tensors> {
    assert(!this.#closed, "a closed program instance was run")
    const given = Object.keys(inputs)
    for (const name of given) assert(!this.#resident.has(name), `input ${name} is resident and must not be passed`)
    const wanted = Object.keys(this.#program.inputs).filter((name) => !this.#resident.has(name))
    for (const name of wanted) assert(Object.hasOwn(inputs, name), `input ${name} is missing`)
    const unknown = given.filter((name) => !wanted.includes(name))
    assert(unknown.length === 0, `the program has no input ${unknown.join(", ")}`)
    const numbers = new Map(given.map((name) => {
      const array = must(inputs[name], name)
      this.#check(name, array)
      return [name, toNumbers(array, name)] as const
    }))
    const next = this.#last.then(() => this.#execute(numbers))
    this.#last = next.catch(() => undefined)
    return next
  }

  async resident(): Promise<Tensors> {
    await this.#last
    const copy = (name: string, numbers: Float32Array): NdArray => this.#array(name, this.#program.inputs, numbers.slice())
    return Object.fromEntries([...this.#resident].map(([name, numbers]) => [name, copy(name, numbers)]))
  }

  async close(): Promise<void> {
    await this.#last
    this.#closed = true
    this.#resident.clear()
  }

  async #execute(inputs: ReadonlyMap<string, Float32Array>): Promise<Tensors> {
    const values = this.#runner.plan.arguments.map((argument) =>
      "constant" in argument ? argument.constant : must(this.#resident.get(argument.input) ?? inputs.get(argument.input), argument.input),
    )
    const results = await this.#runner.run(values)
    const taken = new Set<number>()
    const numbersOf = (source: Source | undefined): Float32Array => {
      if (source === undefined) return new Float32Array(0)
      if (source.from === "argument") return must(values[source.index], "argument").slice()
      const numbers = must(results.get(source.index), "result")
      if (taken.has(source.index)) return numbers.slice()
      taken.add(source.index)
      return numbers
    }
    const outputs: { [name: string]: NdArray } = {}
    for (const [name, source] of Object.entries(this.#runner.plan.outputs)) {
      const numbers = numbersOf(source)
      if (this.#resident.has(name)) this.#resident.set(name, numbers)
      else outputs[name] = this.#array(name, this.#program.outputs, numbers)
    }
    return outputs
  }

  #array(name: string, steps: Program["inputs"], numbers: Float32Array): NdArray {
    const { dtype, shape } = must(this.#program.steps[must(steps[name], name)], "step")
    return fromNumbers(numbers, dtype, shape, name)
  }

  #check(name: string, { dtype, shape, data }: NdArray): void {
    const index = this.#program.inputs[name]
    assert(index !== undefined, `the program has no input ${name}`)
    const step = must(this.#program.steps[index], "step")
    const fits = dtype === step.dtype && shape.join() === step.shape.join() && data.length === sizeOf(shape)
    assert(fits, `input ${name}: expected ${step.dtype}[${step.shape.join(", ")}], got ${dtype}[${shape.join(", ")}]`)
  }
}
