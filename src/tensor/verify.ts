/**
 * The grammar of programs, checked: what every device may rely on. Throws `AssertionError` at the first breach, which is
 * a bug in what built the program. SPEC T2.
 */
import { assert } from "../base/assert.ts"
import { bytesOf, sizeOf } from "../base/ndarray.ts"
import { hashBytes } from "../base/hash.ts"
import { infer } from "./infer.ts"
import type { OpName } from "./op.ts"
import type { Program, Step } from "./program.ts"
import { equalShapes } from "./shape.ts"
import { showTyped, type Typed } from "./trace-error.ts"

/** Arguments before users, types as the shape rules say, inputs and outputs named and present, no step twice, none unused; bodies of loops likewise. */
export const verify = (program: Program): void => {
  const { steps } = program
  const seen = new Map<string, number>()
  steps.forEach((step, i) => {
    assert(
      step.args.every((arg) => Number.isInteger(arg) && arg >= 0 && arg < i),
      `step ${i} (${step.op}): arguments ${step.args.join()} come before it`,
    )
    const type = typeOf(
      step,
      step.args.map((arg) => steps[arg] as Step),
    )
    assert(
      type.dtype === step.dtype && equalShapes(type.shape, step.shape),
      `step ${i} (${step.op}): is ${showTyped(step)}, its rule says ${showTyped(type)}`,
    )
    const key = identity(step)
    assert(!seen.has(key), `step ${i} (${step.op}): repeats step ${seen.get(key)}`)
    seen.set(key, i)
  })
  verifyNames(program)
  const used = new Set<number>([...Object.values(program.inputs), ...Object.values(program.outputs), ...steps.flatMap((step) => step.args)])
  steps.forEach((step, i) => assert(used.has(i), `step ${i} (${step.op}): nothing uses it`))
}

const verifyNames = ({ steps, inputs, outputs }: Program): void => {
  for (const names of [Object.keys(inputs), Object.keys(outputs)]) {
    assert(
      names.every((name, i) => i === 0 || (names[i - 1] as string) < name),
      `names in order: ${names.join(", ")}`,
    )
  }
  for (const [name, index] of Object.entries(inputs)) {
    const step = steps[index]
    assert(step?.op === "input" && step.attrs.name === name, `input ${name}: step ${index} is not that input`)
  }
  steps.forEach((step, i) => assert(step.op !== "input" || inputs[step.attrs.name] === i, `step ${i}: input ${step.op} is not listed`))
  for (const [name, index] of Object.entries(outputs)) assert(steps[index] !== undefined, `output ${name}: there is no step ${index}`)
}

const typeOf = (step: Step, args: readonly Typed[]): Typed => {
  if (step.op === "input") return step
  if (step.op === "scan") verify(step.attrs.body)
  if (step.op === "constant") assert(step.attrs.value.data.length === sizeOf(step.shape), "a constant holds the elements of its shape")
  return infer<OpName>(step.op, args, step.attrs)
}

const identity = ({ op, args, attrs, dtype, shape }: Step): string => {
  const content: object | string = op === "constant" ? hashBytes(bytesOf(attrs.value)) : op === "scan" ? { ...attrs, body: attrs.body.hash } : attrs
  return JSON.stringify([op, args, dtype, shape, content], (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  )
}
