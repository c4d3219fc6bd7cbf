/**
 * Programs as text, one line a step, for people and for snapshots.
 */
import { numbersOf, sizeOf } from "../base/ndarray.ts"
import { loopKey, type LoopStep } from "./loop-body.ts"
import type { Program, Step } from "./program.ts"
import { showShape } from "./shape.ts"
import { showTyped } from "./trace-error.ts"

/** `%3 = matmul(%0, %1) transposeB -> f32[2, 5]`, the body of a loop below its first result, then one line an output. */
export const print = ({ steps, outputs }: Program): string =>
  [
    ...steps.flatMap((step, i) => [
      `%${i} = ${step.op}(${step.args.map((arg) => `%${arg}`).join(", ")})${showAttrs(step)} -> ${showTyped(step)}`,
      ...bodyAt(i, steps),
    ]),
    ...Object.entries(outputs).map(([name, index]) => `${name}: %${index}`),
  ].join("\n")

/** The body of a loop, indented, where the loop is first met. */
const bodyAt = (i: number, steps: readonly Step[]): readonly string[] => {
  const step = steps[i]
  if (step?.op !== "scan" || steps.findIndex((other) => other.op === "scan" && sameLoop(other, step)) !== i) return []
  return print(step.attrs.body)
    .split("\n")
    .map((line) => `  ${line}`)
}

const sameLoop = (a: LoopStep, b: LoopStep): boolean => loopKey(a.attrs, a.args) === loopKey(b.attrs, b.args)

const showAttrs = (step: Step): string => {
  if (step.op === "scan") {
    const { result, index, length, reverse } = step.attrs
    return ` ${result} ${index} of ${length} iterations${reverse ? " from the last" : ""}`
  }
  if (step.op === "input") return ` ${step.attrs.name}`
  if (step.op === "constant") {
    const { value } = step.attrs
    return sizeOf(value.shape) === 1 ? ` ${Number((numbersOf(value)[0] as number).toPrecision(7))}` : ` ${value.data.length} elements`
  }
  return Object.entries(step.attrs)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => ` ${value === true ? name : `${name} ${show(value)}`}`)
    .join("")
}

const show = (value: unknown): string => (Array.isArray(value) ? showShape(value as readonly number[]) : String(value))
