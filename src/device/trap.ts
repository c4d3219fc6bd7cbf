/**
 * A device that stops at the first step that makes a number that is not finite. Before each run a second program counts, on the
 * same values, the infinities and NaNs of every step; results come from the program itself, so they are the same bytes or none.
 * Slow, and for finding a mistake. SPEC D13.
 */
import { must } from "../base/assert.ts"
import { sizeOf, type NdArray, type Tensors } from "../base/ndarray.ts"
import { isFinite } from "../tensor/classify.ts"
import { cast, not } from "../tensor/elementwise.ts"
import type { Exprs } from "../tensor/expr.ts"
import { inline } from "../tensor/inline.ts"
import { makeProgram } from "../tensor/make-program.ts"
import type { OpName } from "../tensor/op.ts"
import type { Program, Step } from "../tensor/program.ts"
import { reduceSum } from "../tensor/reduce.ts"
import { inputsOf } from "../tensor/trace.ts"
import { showTyped } from "../tensor/trace-error.ts"
import type { Bound, Compiled, Device } from "./device.ts"
import { withProgram } from "./with-program.ts"

/** Named as failures of nodes are, so that the engine shows its message as it stands. */
export class NotFinite extends Error {
  override readonly name = "NodeFailure"
  readonly transient = false
}

/** What these give may be infinite on purpose: masks, and the borders of a maximum. */
const meant: ReadonlySet<OpName> = new Set<OpName>(["constant", "pad"])

/** Steps as outputs, by the names that `name` gives them; what it gives none is left out. */
const withOutputs = (program: Program, name: (step: Step, index: number) => string | undefined, f: (x: Exprs[string]) => Exprs[string]): Program => {
  const inputs = inputsOf(Object.fromEntries(Object.entries(program.inputs).map(([input, index]) => [input, must(program.steps[index], input)])))
  const named = program.steps.flatMap((step, i): (readonly [string, number])[] => [name(step, i)].flatMap((text) => (text === undefined ? [] : [[text, i] as const])))
  const values = inline({ ...program, outputs: Object.fromEntries(named) }, inputs)
  return makeProgram({ inputs: Object.values(inputs), outputs: Object.fromEntries(Object.entries(values).map(([text, x]) => [text, f(x)])) })
}

/** Output `i`: how many elements of step `i` are not finite. */
const countingProgram = (program: Program): Program =>
  withOutputs(program, ({ dtype, shape }, i) => (dtype === "f32" && sizeOf(shape) > 0 ? String(i) : undefined), (x) => reduceSum(cast(not(isFinite(x)), "i32")))

/** The first step that is not finite although what it was made of is; an input counts. */
const culprit = ({ steps }: Program, counts: Tensors): number | undefined => {
  const bad = (i: number): boolean => Number(counts[String(i)]?.data[0] ?? 0) > 0
  const found = steps.findIndex(({ op, args }, i) => bad(i) && !meant.has(op) && !args.some(bad))
  return found < 0 ? undefined : found
}

const range = ({ data }: NdArray): string => {
  let [low, high] = [Infinity, -Infinity]
  for (const x of data) [low, high] = [Math.min(low, x), Math.max(high, x)]
  const figure = (x: number): string => String(Number(x.toPrecision(4)))
  return data.length === 0 ? "empty" : low === high ? `all ${figure(low)}` : `from ${figure(low)} to ${figure(high)}`
}

const describe = (step: Step): string => (step.op === "input" ? `input ${step.attrs.name}` : step.op)

/** What happened at step `index`: op, operands with their shapes and ranges, and how much of the result is bad. */
const explain = async (device: Device, program: Program, index: number, counts: Tensors, given: Tensors): Promise<string> => {
  const step = must(program.steps[index], "step")
  const share = `${Number(counts[String(index)]?.data[0])} of ${sizeOf(step.shape)} elements are not finite`
  if (step.op === "input") return `input ${step.attrs.name} ${showTyped(step)}: ${share}`
  const wanted = new Set(step.args)
  const operands = withOutputs(program, (_, i) => (wanted.has(i) ? String(i) : undefined), (x) => x)
  const values = await withProgram(device, operands, {}, (bound) => bound.run(given))
  const shown = step.args.map((i) => {
    const operand = must(program.steps[i], "operand")
    return `${describe(operand)} ${showTyped(operand)} ${range(must(values[String(i)], "operand"))}`
  })
  return `step ${index} of ${program.steps.length}, ${step.op} -> ${showTyped(step)}: ${share}; made of ${shown.join(", ")}`
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
export const trapping = (device: Device): Device => ({
  name: device.name,
  family: device.family,
  compile: async (program): Promise<Compiled> => {
    const compiled = await device.compile(program)
    const counting = await device.compile(countingProgram(program))
    const counter = await counting.bind({})
    const check = async (given: Tensors): Promise<void> => {
      const counts = await counter.run(given)
      const index = culprit(program, counts)
      if (index !== undefined) throw new NotFinite(`--trap-nan: ${await explain(device, program, index, counts, given)}`)
    }
    return {
      program,
      bind: async (resident) => new TrapBound(await compiled.bind(resident), check),
      close: async () => {
        await counter.close()
        await Promise.all([counting.close(), compiled.close()])
      },
    }
  },
  close: () => device.close(),
})
