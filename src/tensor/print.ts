/**
 * Programs as text, one line a step, for people and for snapshots.
 */
import { sizeOf } from "../base/ndarray.ts"
import type { Program, Step } from "./program.ts"
import { showShape } from "./shape.ts"
import { showTyped } from "./trace-error.ts"

/** `%3 = matmul(%0, %1) transposeB -> f32[2, 5]`, then one line an output. */
export const print = ({ steps, outputs }: Program): string =>
  [
    ...steps.map(
      (step, i) => `%${i} = ${step.op}(${step.args.map((arg) => `%${arg}`).join(", ")})${showAttrs(step)} -> ${showTyped(step)}`,
    ),
    ...Object.entries(outputs).map(([name, index]) => `${name}: %${index}`),
  ].join("\n")

const showAttrs = (step: Step): string => {
  if (step.op === "input") return ` ${step.attrs.name}`
  if (step.op === "constant") {
    const { data, shape } = step.attrs.value
    return sizeOf(shape) === 1 ? ` ${Number((data[0] as number).toPrecision(7))}` : ` ${data.length} elements`
  }
  return Object.entries(step.attrs)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => ` ${value === true ? name : `${name} ${show(value)}`}`)
    .join("")
}

const show = (value: unknown): string => (Array.isArray(value) ? showShape(value as readonly number[]) : String(value))
