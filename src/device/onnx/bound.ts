/**
 * A bound program: resident tensors live in arrays made once. State (a resident input that an output replaces) has two
 * sets; a run reads one and writes the other, then they change places, so that a training step copies no weights and
 * makes no tensors for them; state that may be written over where it lies (`overwritten.ts`) has one. SPEC D2, D3.
 */
import { assert } from "../../base/assert.ts"
import { type Dtype, type NdArray, ndarray, type Tensors, zeros } from "../../base/ndarray.ts"
import { overwritten } from "../../tensor/overwritten.ts"
import type { Program } from "../../tensor/program.ts"
import { equalShapes } from "../../tensor/shape.ts"
import { showTyped } from "../../tensor/trace-error.ts"
import type { Bound } from "../device.ts"
import { carried, carrierOf, delivered } from "./carrier.ts"
import { inputName, outputName } from "./encode.ts"
import type { OrtRuntime, OrtSession, OrtTensor } from "./runtime.ts"

type OrtTensors = Record<string, OrtTensor>

/**
 * One of the two ways round of the state: the arrays that a run reads, and what the run is given. Made once: an object with a
 * property a weight costs far more garbage than the step's own tensors do. Places of arguments and results are filled for a run.
 */
interface Turn {
  readonly state: Tensors
  readonly feeds: OrtTensors
  readonly fetches: OrtTensors
}

const copy = ({ dtype, shape, data }: NdArray): NdArray => ndarray(dtype, shape, data.slice())

/** A copy that the graph can read and write. */
const carriedCopy = (array: NdArray): NdArray => {
  const carrier = carried(array)
  return carrier === array ? copy(array) : carrier
}

const mapTensors = <B>(tensors: Tensors, names: readonly string[], f: (array: NdArray, name: string) => B): Record<string, B> =>
  Object.fromEntries(names.map((name) => [name, f(tensors[name]!, name)]))

/** What a binding holds, as the graph takes it: constants, and state, which outputs replace. */
export interface Held {
  readonly constants: Tensors
  readonly state: Tensors
}

/** Of what is bound to a program: constants as they are given, state copied. */
export const heldOf = (program: Program, resident: Tensors): Held => {
  for (const [name, array] of Object.entries(resident)) checkArgument(program, name, array)
  const isOutput = (name: string) => Object.hasOwn(program.outputs, name)
  const residents = Object.keys(resident)
  return {
    constants: mapTensors(resident, residents.filter((name) => !isOutput(name)), carried),
    state: mapTensors(resident, residents.filter(isOutput), carriedCopy),
  }
}

/** Constants that nobody else writes to. */
export const ownConstants = (constants: Tensors): Tensors => mapTensors(constants, Object.keys(constants), copy)

export class OnnxBound implements Bound {
  readonly #program: Program
  readonly #runtime: OrtRuntime
  readonly #session: OrtSession
  readonly #release: () => Promise<void>
  readonly #constants: Tensors
  /** Whether a run writes over state before it has succeeded. */
  readonly #writesOver: boolean
  #current: Turn
  #next: Turn
  /** Names of what a caller passes and gets back each run. */
  readonly #arguments: readonly string[]
  readonly #results: readonly string[]
  /** The end of the last run that was asked for: runs that overlap wait for each other, since each needs the state before it. */
  #last: Promise<unknown> = Promise.resolve()
  #open = true

  /** `session` is of a model that holds the constants; `release` is called when nothing will run any more. */
  constructor(program: Program, runtime: OrtRuntime, session: OrtSession, { constants, state }: Held, release: () => Promise<void> = () => Promise.resolve()) {
    const isResident = (name: string) => Object.hasOwn(constants, name) || Object.hasOwn(state, name)
    this.#program = program
    this.#runtime = runtime
    this.#session = session
    this.#release = release
    this.#constants = constants
    const inPlace = overwritten(program)
    const other = mapTensors(state, Object.keys(state), (array, name) => (inPlace.has(name) ? array : zeros(array.dtype, array.shape)))
    this.#writesOver = Object.keys(state).some((name) => inPlace.has(name))
    const turn = (read: Tensors, written: Tensors): Turn => ({
      state: read,
      feeds: this.#tensors(read, inputName),
      fetches: this.#tensors(written, outputName),
    })
    this.#current = turn(state, other)
    this.#next = turn(other, state)
    this.#arguments = Object.keys(program.inputs).filter((name) => !isResident(name))
    this.#results = Object.keys(program.outputs).filter((name) => !isResident(name))
  }

  run(inputs: Tensors): Promise<Tensors> {
    const result = this.#last.then(() => this.#step(inputs))
    this.#last = result.catch(() => undefined)
    return result
  }

  async resident(): Promise<Tensors> {
    await this.#last
    const all = { ...this.#constants, ...this.#current.state }
    return mapTensors(all, Object.keys(all).sort(), (array, name) => {
      const given = delivered(array, this.#dtype("inputs", name))
      return given === array ? copy(array) : given
    })
  }

  async close(): Promise<void> {
    await this.#last
    this.#open = false
    await this.#release()
  }

  async #step(inputs: Tensors): Promise<Tensors> {
    assert(this.#open, "a closed program was run")
    for (const name of this.#arguments) assert(Object.hasOwn(inputs, name), `missing input ${name}`)
    for (const [name, array] of Object.entries(inputs)) {
      assert(this.#arguments.includes(name), `input ${name} is resident or not an input of the program`)
      checkArgument(this.#program, name, array)
    }
    const results = Object.fromEntries(this.#results.map((name) => [name, this.#emptyOutput(name)]))
    const { feeds, fetches } = this.#current
    for (const name of this.#arguments) feeds[inputName(name)] = this.#runtime.tensor(carried(inputs[name]!))
    for (const name of this.#results) fetches[outputName(name)] = this.#runtime.tensor(results[name]!)
    try {
      await this.#session.run(feeds, fetches)
    } catch (error) {
      // Who runs again would start from neither the old state nor the new.
      if (this.#writesOver) this.#open = false
      throw error
    }
    ;[this.#current, this.#next] = [this.#next, this.#current]
    return mapTensors(results, this.#results, (array, name) => delivered(array, this.#dtype("outputs", name)))
  }

  #dtype(side: "inputs" | "outputs", name: string): Dtype {
    return this.#program.steps[this.#program[side][name]!]!.dtype
  }

  #emptyOutput(name: string): NdArray {
    const { dtype, shape } = this.#program.steps[this.#program.outputs[name]!]!
    return zeros(carrierOf(dtype), shape)
  }

  #tensors(arrays: Tensors, rename: (name: string) => string): OrtTensors {
    return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [rename(name), this.#runtime.tensor(array)]))
  }
}

const checkArgument = (program: Program, name: string, array: NdArray): void => {
  const index = program.inputs[name]
  assert(index !== undefined, `${name} is not an input of the program`)
  const wanted = program.steps[index]!
  assert(
    array.dtype === wanted.dtype && equalShapes(array.shape, wanted.shape),
    `input ${name}: expected ${showTyped(wanted)}, got ${showTyped(array)}`,
  )
}
