/**
 * A plain interpreter of tensor programs in float64: the third oracle, beside the two lowerings. Written for
 * clarity: every op says, element by element, which elements of its operands make an element of the result. It takes
 * shapes from the steps but values from first principles. Not fast; not for use outside tests.
 */
import { assert, must } from "../../src/base/assert.ts"
import type { Tensors } from "../../src/base/ndarray.ts"
import type { OpAttrs, OpName } from "../../src/tensor/op.ts"
import type { Program, Step } from "../../src/tensor/program.ts"
import { contractionRows } from "./interpreter/contraction.ts"
import { controlRows } from "./interpreter/control.ts"
import { convolutionRows } from "./interpreter/convolution.ts"
import { elementwiseRows } from "./interpreter/elementwise.ts"
import { indexingRows } from "./interpreter/indexing.ts"
import { layoutRows } from "./interpreter/layout.ts"
import { loopRows, type LoopValues } from "./interpreter/loop.ts"
import { randomRows } from "./interpreter/random.ts"
import { sourceRows } from "./interpreter/source.ts"
import { windowRows } from "./interpreter/window.ts"
import { narrow, widen, type Rows, type Site, type Wide, type Wides } from "./interpreter/wide.ts"

export { erf } from "./interpreter/elementwise.ts"
export type { Wide, Wides }

const rows: Rows<OpAttrs> = {
  ...sourceRows,
  ...elementwiseRows,
  ...contractionRows,
  ...convolutionRows,
  ...windowRows,
  ...layoutRows,
  ...indexingRows,
  ...randomRows,
  ...controlRows,
  ...loopRows,
}

/** Runs `program`; elements are rounded to their dtype only at the very end. */
export const interpret = (program: Program, inputs: Tensors): Tensors => mapValues(interpretWide(program, mapValues(inputs, widen)), narrow)

/** The same without rounding, in or out: for finite differences. */
export const interpretWide = (program: Program, inputs: Wides): Wides => {
  const extra = Object.keys(inputs).filter((name) => program.inputs[name] === undefined)
  assert(extra.length === 0, `not inputs of the program: ${extra.join(", ")}`)
  const values: Wide[] = []
  const loops = new Map<string, LoopValues>()
  for (const step of program.steps)
    values.push(
      evaluate(
        step,
        step.args.map((i) => must(values[i], `value ${i}`)),
        inputs,
        loops,
      ),
    )
  return mapValues(program.outputs, (index) => must(values[index], `value ${index}`))
}

const mapValues = <A, B>(object: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, f(value)]))

const evaluate = (step: Step, args: readonly Wide[], inputs: Wides, loops: Map<string, LoopValues>): Wide => {
  const [x, y] = args as [Wide, Wide]
  // The row and the step are of one op; the compiler cannot see that.
  const row = rows[step.op] as (site: Site<OpName>) => Wide
  return row({ step, attrs: step.attrs, args, x, y, inputs, loops, interpret: interpretWide })
}
