/**
 * Several training steps in one call: the state crosses between host and device once for all of them. A loop over stacked batches
 * whose carry is the state.
 */
import { must } from "../base/assert.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { inline } from "../tensor/inline.ts"
import { scan } from "../tensor/loop.ts"
import { makeProgram } from "../tensor/make-program.ts"
import type { Program } from "../tensor/program.ts"
import { input } from "../tensor/source.ts"
import { TraceError } from "../tensor/trace-error.ts"

/**
 * `step` run `times` times, each on what the one before left: `step` is a program whose outputs replace inputs of their name, as
 * `trainingStep` makes it. Inputs and outputs of the program have the names they have in `step`.
 * @param each Inputs that every step has its own of (the batch, the optimiser's scalars): stacked, [times, ...shape].
 * Other inputs without an output of their name (frozen weights) are the same for all steps; outputs that replace no input (the
 * loss) come stacked, [times, ...shape]. Throws `TraceError` for a name in `each` that is no input, or one that is state.
 */
export const trainingSteps = (step: Program, times: number, each: readonly string[]): Program => {
  const inputs = Object.fromEntries(
    Object.entries(step.inputs).map(([name, index]): [string, Expr] => {
      const { shape, dtype } = must(step.steps[index], name)
      return [name, input(name, each.includes(name) ? [times, ...shape] : shape, dtype)]
    }),
  )
  const isState = (name: string) => inputs[name] !== undefined && step.outputs[name] !== undefined
  const wrong = each.find((name) => inputs[name] === undefined || isState(name))
  if (wrong !== undefined) throw new TraceError("trainingSteps", [], `inputs that no output replaces, not ${wrong}`)
  const some = (xs: Exprs, keep: (name: string) => boolean): Exprs => Object.fromEntries(Object.entries(xs).filter(([name]) => keep(name)))
  const { carry, out } = scan({ carry: some(inputs, isState), over: some(inputs, (name) => each.includes(name)), length: times }, (state, batch) => {
    const outputs = inline(step, { ...inputs, ...state, ...batch })
    return { carry: some(outputs, isState), out: some(outputs, (name) => !isState(name)) }
  })
  return makeProgram({ inputs: Object.values(inputs), outputs: { ...carry, ...out } })
}
