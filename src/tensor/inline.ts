/** Programs back to expressions: how a program becomes part of another one, and how a loop's body is differentiated. */
import { must } from "../base/assert.ts"
import type { Expr, Exprs } from "./expr.ts"
import { placeLike } from "./place.ts"
import type { Program } from "./program.ts"
import { equalShapes } from "./shape.ts"
import { TraceError } from "./trace-error.ts"

/** The outputs of `program` with `inputs` in place of its inputs. Throws `TraceError` for one that is missing or of another type. */
export const inline = ({ steps, outputs }: Program, inputs: Exprs): Exprs => {
  const values: Expr[] = []
  for (const step of steps) {
    const { op, attrs, shape, dtype } = step
    if (step.op === "input") values.push(argument(inputs[step.attrs.name], step.attrs.name, { shape, dtype }))
    else values.push(Object.freeze({ op, args: step.args.map((i) => must(values[i], "argument")), attrs, shape, dtype, ...placeLike(step) }))
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, index]) => [name, must(values[index], name)]))
}

const argument = (given: Expr | undefined, name: string, wanted: Pick<Expr, "shape" | "dtype">): Expr => {
  if (given === undefined || given.dtype !== wanted.dtype || !equalShapes(given.shape, wanted.shape)) {
    throw new TraceError(`inline, input ${name}`, given === undefined ? [wanted] : [wanted, given], "an argument of its type for every input")
  }
  return given
}
