/**
 * A device that stops at the first step that makes a number that is not finite. Before each run a second program counts, on the
 * same values, the infinities and NaNs of every step; results come from the program itself, so they are the same bytes or none.
 * Slow, and for finding a mistake. SPEC D13.
 */
import { must } from "../base/assert.ts"
import { ndarray, sizeOf, type NdArray, type Tensors } from "../base/ndarray.ts"
import { type LoopStep, operandNames } from "../tensor/loop-body.ts"
import { makeProgram } from "../tensor/make-program.ts"
import { keepPlaces, placeOf } from "../tensor/place.ts"
import type { Program, Step } from "../tensor/program.ts"
import { showTyped } from "../tensor/trace-error.ts"
import type { Bound, Compiled, Device } from "./device.ts"
import { countingProgram, countOf, culprit, inputsFor, valuesOf } from "./trap-counts.ts"
import { withProgram } from "./with-program.ts"

/** Named as failures of nodes are, so that the engine shows its message as it stands. */
export class NotFinite extends Error {
  override readonly name = "NodeFailure"
  readonly transient = false
}

const range = ({ data }: NdArray): string => {
  let [low, high] = [Infinity, -Infinity]
  for (const x of data) [low, high] = [Math.min(low, x), Math.max(high, x)]
  const figure = (x: number): string => String(Number(x.toPrecision(4)))
  return data.length === 0 ? "empty" : low === high ? `all ${figure(low)}` : `from ${figure(low)} to ${figure(high)}`
}

const describe = (step: Step): string => (step.op === "input" ? `input ${step.attrs.name}` : step.op)

/** Where a program runs wrong: the program, which may be the body of a loop, what it was given, and what was counted. */
interface Run {
  readonly device: Device
  readonly program: Program
  readonly given: Tensors
  readonly counts: Tensors
}

/** What the arguments of step `index` were. */
const operandsOf = ({ device, program, given }: Omit<Run, "counts">, index: number): Promise<Tensors> => {
  const inputs = inputsFor(program)
  const args = [...new Set(must(program.steps[index], "step").args)]
  const outputs = Object.fromEntries([...valuesOf(program, args, inputs)].map(([i, x]) => [String(i), x]))
  return withProgram(device, makeProgram({ inputs: Object.values(inputs), outputs }), {}, (bound) => bound.run(given))
}

/** What happened at step `index`: op, operands with their shapes and ranges, how much of the result is bad, and where it was traced. */
const explain = async (run: Run, index: number): Promise<string> => {
  const { program, counts } = run
  const step = must(program.steps[index], "step")
  const share = `${countOf(counts, index)} of ${sizeOf(step.shape)} elements are not finite`
  if (step.op === "input") return `input ${step.attrs.name} ${showTyped(step)}: ${share}`
  const values = await operandsOf(run, index)
  const inside = step.op === "scan" ? await explainLoop(run, step, step.args.map((arg) => must(values[String(arg)], "operand"))) : undefined
  if (inside !== undefined) return inside
  const shown = step.args.map((i) => {
    const operand = must(program.steps[i], "operand")
    return `${describe(operand)} ${showTyped(operand)} ${range(must(values[String(i)], "operand"))}`
  })
  const place = placeOf(step)
  return `step ${index} of ${program.steps.length}, ${step.op} -> ${showTyped(step)}: ${share}; made of ${shown.join(", ")}${place === undefined ? "" : ` (${place})`}`
}

/** The slice of an iteration along the first axis. */
const sliceAt = ({ dtype, shape, data }: NdArray, at: number): NdArray => {
  const extent = sizeOf(shape.slice(1))
  return ndarray(dtype, shape.slice(1), data.slice(at * extent, (at + 1) * extent) as typeof data)
}

/** The first iteration in which a step of the body is to blame: each is run by itself. */
const explainLoop = ({ device }: Run, { attrs }: LoopStep, operands: readonly NdArray[]): Promise<string | undefined> => {
  const { body, carries, slices, length, reverse } = attrs
  const names = operandNames(attrs, operands.length)
  return withProgram(device, countingProgram(body), {}, (counting) =>
    withProgram(device, body, {}, async (once) => {
      let carried = operands.slice(0, carries)
      for (let k = 0; k < length; k++) {
        const at = reverse ? length - 1 - k : k
        const given = Object.fromEntries(names.map((name, i) => [name, i < carries ? must(carried[i], name) : i < carries + slices ? sliceAt(must(operands[i], name), at) : must(operands[i], name)]))
        const counts = await counting.run(given)
        const index = culprit(body, counts, true)
        if (index !== undefined) return `iteration ${at} of a loop of ${length}, ${await explain({ device, program: body, given, counts }, index)}`
        const results = await once.run(given)
        carried = names.slice(0, carries).map((name) => must(results[name], name))
      }
      return undefined
    }),
  )
}

class TrapBound implements Bound {
  readonly #bound: Bound
  readonly #check: (given: Tensors) => Promise<void>
  /** Runs wait for each other: each is checked with the state that the one before it left. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(bound: Bound, check: (given: Tensors) => Promise<void>) {
    this.#bound = bound
    this.#check = check
  }

  run(inputs: Tensors): Promise<Tensors> {
    const result = this.#last.then(async () => {
      await this.#check({ ...(await this.#bound.resident()), ...inputs })
      return this.#bound.run(inputs)
    })
    this.#last = result.catch(() => undefined)
    return result
  }

  async resident(): Promise<Tensors> {
    await this.#last
    return this.#bound.resident()
  }

  async close(): Promise<void> {
    await this.#last
    await this.#bound.close()
  }
}

/** `device`, whose runs reject with `NotFinite` instead of giving what an infinity or NaN went into. */
export const trapping = (device: Device): Device => {
  const forgetPlaces = keepPlaces()
  return { name: device.name, family: device.family, compile: compiling(device), close: () => device.close().finally(forgetPlaces) }
}

const compiling =
  (device: Device): Device["compile"] =>
  async (program): Promise<Compiled> => {
    const compiled = await device.compile(program)
    const counting = await device.compile(countingProgram(program))
    const counter = await counting.bind({})
    const check = async (given: Tensors): Promise<void> => {
      const counts = await counter.run(given)
      const index = culprit(program, counts)
      if (index !== undefined) throw new NotFinite(`--trap-nan: ${await explain({ device, program, given, counts }, index)}`)
    }
    return {
      program,
      bind: async (resident) => new TrapBound(await compiled.bind(resident), check),
      close: async () => {
        await counter.close()
        await Promise.all([counting.close(), compiled.close()])
      },
    }
  }
