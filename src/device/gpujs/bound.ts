/** A program with some of its inputs resident: checks and converts what comes in and goes out, and keeps runs in order. */
import { assert, must } from "../../base/assert.ts"
import { sizeOf, type NdArray, type Tensors } from "../../base/ndarray.ts"
import type { Program } from "../../tensor/program.ts"
import type { Bound } from "../device.ts"
import { fromNumbers, toNumbers } from "./numbers.ts"
import type { State } from "./state.ts"

export class GpujsBound implements Bound {
  readonly #program: Program
  readonly #resident: ReadonlySet<string>
  readonly #state: State
  /** Runs happen in the order they were asked for: each may read what the one before it left. */
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  private constructor(program: Program, resident: ReadonlySet<string>, state: State) {
    this.#program = program
    this.#resident = resident
    this.#state = state
  }

  /** `hold` puts the numbers of resident tensors where they stay. */
  static async bind(program: Program, resident: Tensors, hold: (resident: ReadonlyMap<string, Float32Array>) => Promise<State>): Promise<GpujsBound> {
    const numbers = new Map<string, Float32Array>()
    for (const [name, array] of Object.entries(resident)) {
      check(program, name, array)
      numbers.set(name, toNumbers(array, name))
    }
    return new GpujsBound(program, new Set(numbers.keys()), await hold(numbers))
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
      check(this.#program, name, array)
      return [name, toNumbers(array, name)] as const
    }))
    const next = this.#last.then(() => this.#execute(numbers))
    this.#last = next.catch(() => undefined)
    return next
  }

  async resident(): Promise<Tensors> {
    await this.#last
    return this.#arrays(await this.#state.read(), this.#program.inputs)
  }

  async close(): Promise<void> {
    await this.#last
    if (this.#closed) return
    this.#closed = true
    await this.#state.close()
  }

  async #execute(inputs: ReadonlyMap<string, Float32Array>): Promise<Tensors> {
    return this.#arrays(await this.#state.run(inputs), this.#program.outputs)
  }

  #arrays(numbers: ReadonlyMap<string, Float32Array>, steps: Program["inputs"]): Tensors {
    return Object.fromEntries([...numbers].map(([name, values]) => [name, this.#array(name, steps, values)]))
  }

  #array(name: string, steps: Program["inputs"], numbers: Float32Array): NdArray {
    const { dtype, shape } = must(this.#program.steps[must(steps[name], name)], "step")
    return fromNumbers(numbers, dtype, shape, name)
  }
}

const check = (program: Program, name: string, { dtype, shape, data }: NdArray): void => {
  const index = program.inputs[name]
  assert(index !== undefined, `the program has no input ${name}`)
  const step = must(program.steps[index], "step")
  const fits = dtype === step.dtype && shape.join() === step.shape.join() && data.length === sizeOf(shape)
  assert(fits, `input ${name}: expected ${step.dtype}[${step.shape.join(", ")}], got ${dtype}[${shape.join(", ")}]`)
}
