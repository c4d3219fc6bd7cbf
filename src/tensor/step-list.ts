/** Steps in the order of evaluation, equal ones once: what programs are made of while they are made. SPEC T2. */
import { hashBytes } from "../base/hash.ts"
import { bytesOf } from "../base/ndarray.ts"
import type { OpAttrs, OpName } from "./op.ts"
import type { Program, Step } from "./program.ts"

export class StepList {
  readonly steps: Step[] = []
  readonly #keys: string[] = []
  readonly #byKey = new Map<string, number>()

  /** The index of the step, or of the equal one that is there already. */
  place(step: Step): number {
    const key = `${step.op}(${step.args.join()})${attrsText(step)}`
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const index = this.steps.push(step) - 1
    this.#keys.push(key)
    this.#byKey.set(key, index)
    return index
  }

  /** The program of these steps. */
  program(inputs: Iterable<readonly [string, number]>, outputs: Iterable<readonly [string, number]>): Program {
    const [ins, outs] = [byName(inputs), byName(outputs)]
    const hash = hashBytes(JSON.stringify([this.#keys, ins, outs]))
    return { steps: this.steps, inputs: Object.fromEntries(ins), outputs: Object.fromEntries(outs), hash }
  }
}

const byName = (entries: Iterable<readonly [string, number]>): readonly (readonly [string, number])[] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

/** Attributes as text, for comparison: constants by the hash of their bytes, bodies by theirs, infinities kept apart. */
const attrsText = (step: Step): string => {
  if (step.op === "input") return JSON.stringify([step.attrs.name, step.dtype, step.shape])
  if (step.op === "constant") return JSON.stringify([step.dtype, step.shape, hashBytes(bytesOf(step.attrs.value))])
  return textOf(step.op === "scan" ? { ...step.attrs, body: step.attrs.body.hash } : step.attrs)
}

/** Plain attributes as text, names in order. */
const textOf = (attrs: OpAttrs[OpName] | { readonly [name: string]: unknown }): string =>
  JSON.stringify(
    Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value),
  )
