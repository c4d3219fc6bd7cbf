/**
 * Loops with a carried state: recurrent networks, steps of a differential equation, several training steps in one call. One loop is
 * one step of a program however long it runs, and its gradient is another loop.
 */
import { apply } from "./apply.ts"
import { closeOver, variable } from "./close-over.ts"
import type { Expr, Exprs } from "./expr.ts"
import type { Loop, LoopResult } from "./op/loop.ts"
import { equalShapes, showShape } from "./shape.ts"
import { constant } from "./source.ts"
import { makeElements } from "../base/ndarray.ts"
import { showTyped, TraceError } from "./trace-error.ts"

export interface Scan<Carry extends string, Over extends string> {
  /** The state before the first iteration, by name. */
  readonly carry: Readonly<Record<Carry, Expr>>
  /** Tensors with one slice an iteration along their first axis. */
  readonly over?: Readonly<Record<Over, Expr>>
  /** Iterations; needed where nothing is iterated over. */
  readonly length?: number
  /** From the last slice to the first; outputs lie where their slices do. */
  readonly reverse?: boolean
}

/** What one iteration gives: the next state, under the same names and of the same types, and outputs. */
export interface Iteration<Carry extends string, Out extends string> {
  readonly carry: Readonly<Record<Carry, Expr>>
  readonly out?: Readonly<Record<Out, Expr>>
}

/**
 * Runs `f` once an iteration, on the state and the slices of that iteration. Gives back the state after the last one, and the
 * outputs of all iterations stacked along a new first axis. `f` may use whatever is around it; what does not depend on its
 * arguments is computed once, before the loop. Without iterations the state stays as it is and outputs have no elements.
 * Gradients go through f32 carries, slices and whatever `f` uses; each iteration is computed once more on the way back, so only the
 * carries are kept. Throws `TraceError` when the state changes its type or the lengths do not agree.
 */
export const scan = <Carry extends string, Over extends string = never, Out extends string = never>(
  options: Scan<Carry, Over>,
  f: (state: Readonly<Record<Carry, Expr>>, x: Readonly<Record<Over, Expr>>) => Iteration<Carry, Out>,
): { readonly carry: Readonly<Record<Carry, Expr>>; readonly out: Readonly<Record<Out, Expr>> } => {
  const { carry, over = {} as Readonly<Record<Over, Expr>>, reverse = false } = options
  const length = lengthOf(Object.entries<Expr>(over), options.length)
  const names = Object.keys(carry) as Carry[]
  const state = mapExprs(carry, variable)
  const slices = mapExprs(over, ({ shape, dtype }) => variable({ shape: shape.slice(1), dtype }))
  const next = f(state, slices)
  const out = next.out ?? ({} as Readonly<Record<Out, Expr>>)
  checkState(carry, next.carry)

  if (length === 0) return { carry, out: mapExprs(out, nothing) }
  const variables = new Map([...numbered("carry", state), ...numbered("slice", slices)].map(([name, x]): [Expr, string] => [x, name]))
  // In the order of the names of the state, whatever order `f` gives them in.
  const results = [...names.map((name, i) => [`carry${i}`, next.carry[name]] as const), ...numbered("out", out)]
  const { body, constants } = closeOver(Object.fromEntries(results), variables)
  const loop: Loop = { body, carries: names.length, slices: Object.keys(over).length, length, reverse }
  const operands = [...Object.values<Expr>(carry), ...Object.values<Expr>(over), ...constants]
  const result = (kind: LoopResult) => (_: Expr, index: number) => loopResult(loop, operands, kind, index)
  return { carry: mapExprs(carry, result("final")), out: mapExprs(out, result("out")) }
}

/** `f` applied `times` times, starting from `state`, as one loop. */
export const repeat = <Name extends string>(
  times: number,
  state: Readonly<Record<Name, Expr>>,
  f: (state: Readonly<Record<Name, Expr>>) => Readonly<Record<Name, Expr>>,
): Readonly<Record<Name, Expr>> => scan({ carry: state, length: times }, (now) => ({ carry: f(now) })).carry

/** One result of a loop over `operands`. */
export const loopResult = (loop: Loop, operands: readonly Expr[], result: LoopResult, index: number): Expr =>
  apply("scan", operands, { ...loop, result, index })

const numbered = (prefix: string, xs: Exprs): readonly (readonly [string, Expr])[] => Object.values(xs).map((x, i) => [`${prefix}${i}`, x])

const mapExprs = <Name extends string>(xs: Readonly<Record<Name, Expr>>, f: (x: Expr, index: number) => Expr): Readonly<Record<Name, Expr>> =>
  Object.fromEntries(Object.entries<Expr>(xs).map(([name, x], i) => [name, f(x, i)])) as Record<Name, Expr>

const nothing = ({ shape, dtype }: Expr): Expr => constant({ dtype, shape: [0, ...shape], data: makeElements(dtype, 0) })

const lengthOf = (over: readonly (readonly [string, Expr])[], asked: number | undefined): number => {
  const length = asked ?? over[0]?.[1].shape[0]
  if (length === undefined) throw new TraceError("scan", over.map(([, x]) => x), "a length, or tensors with a first axis to iterate over")
  if (!Number.isSafeInteger(length) || length < 0) throw new TraceError("scan", [], `a number of iterations, not ${length}`)
  for (const [name, x] of over) {
    if (x.shape[0] !== length) throw new TraceError("scan", [x], `${length} slices of "${name}" along its first axis, one an iteration`)
  }
  return length
}

const checkState = (before: Exprs, after: Exprs): void => {
  const [names, given] = [before, after].map((state) => Object.keys(state).sort().join(", "))
  if (names !== given) throw new TraceError("scan", Object.values(after), `a state of the names ${names}, not ${given}`)
  for (const [name, x] of Object.entries(before)) {
    const y = after[name] as Expr
    if (y.dtype !== x.dtype || !equalShapes(y.shape, x.shape))
      throw new TraceError("scan", [x, y], `the state "${name}" to stay ${showTyped(x)}; an iteration makes it ${y.dtype}${showShape(y.shape)}`)
  }
}
