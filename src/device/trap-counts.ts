/** What `trap.ts` counts in a run: the elements of each step that are not finite, and inside of loops the steps that made the first of them. */
import { must } from "../base/assert.ts"
import { sizeOf, type Tensors } from "../base/ndarray.ts"
import { apply } from "../tensor/apply.ts"
import { isFinite } from "../tensor/classify.ts"
import { add, and, cast, lt, not, or } from "../tensor/elementwise.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { inline } from "../tensor/inline.ts"
import { loopsOf, type LoopStep } from "../tensor/loop-body.ts"
import { makeProgram } from "../tensor/make-program.ts"
import type { OpName } from "../tensor/op.ts"
import { withoutPlaces } from "../tensor/place.ts"
import type { Program } from "../tensor/program.ts"
import { reduceSum } from "../tensor/reduce.ts"
import { constant } from "../tensor/source.ts"
import { inputsOf } from "../tensor/trace.ts"

/** What these give may be infinite on purpose: masks, and the borders of a maximum. */
const meant: ReadonlySet<OpName> = new Set<OpName>(["constant", "pad"])

export const inputsFor = (program: Program): Exprs =>
  inputsOf(Object.fromEntries(Object.entries(program.inputs).map(([input, index]) => [input, must(program.steps[index], input)])))

/** The values of some steps, by their indices. */
export const valuesOf = (program: Program, steps: readonly number[], inputs: Exprs): ReadonlyMap<number, Expr> => {
  const all = inline({ ...program, outputs: Object.fromEntries(steps.map((index) => [String(index), index])) }, inputs)
  return new Map(steps.map((index) => [index, must(all[String(index)], "step")]))
}

interface Counts {
  /** By step: elements that are not finite, i32 []. */
  readonly elements: ReadonlyMap<number, Expr>
  /** By the first step of a loop: how often a step inside made what is not finite of what is, i32 []. */
  readonly loops: ReadonlyMap<number, Expr>
}

const none = (): Expr => cast(constant(0), "i32")

const countsIn = (program: Program, inputs: Exprs): Counts => {
  const { steps } = program
  const values = valuesOf(program, [...steps.keys()], inputs)
  const elements = steps.flatMap(({ dtype, shape }, i) =>
    dtype === "f32" && sizeOf(shape) > 0 ? [[i, reduceSum(cast(not(isFinite(must(values.get(i), "step"))), "i32"))] as const] : [],
  )
  const firsts = new Set([...loopsOf(steps).values()].map(([first]) => must(first, "a result")))
  const loops = [...firsts].map((index) => {
    const { args, attrs } = steps[index] as LoopStep
    const outs = Object.keys(attrs.body.outputs).length - attrs.carries
    const counted = apply("scan", args.map((arg) => must(values.get(arg), "operand")), { ...attrs, body: withOrigins(attrs.body, outs), result: "out", index: outs })
    return [index, reduceSum(counted)] as const
  })
  return { elements: new Map(elements), loops: new Map(loops) }
}

/** A body that also gives, as output `outs`, how many of its steps made what is not finite of what is. */
const withOrigins = (body: Program, outs: number): Program => {
  const inputs = inputsFor(body)
  const { elements, loops } = countsIn(body, inputs)
  const bad = new Map([...elements].map(([index, count]) => [index, lt(0, count)]))
  const origins = body.steps.flatMap(({ op, args }, i) => {
    const own = bad.get(i)
    if (own === undefined || op === "input" || op === "scan" || meant.has(op)) return []
    const before = args.flatMap((arg) => bad.get(arg) ?? [])
    return [cast(before.length === 0 ? own : and(own, not(before.reduce((a, b) => or(a, b)))), "i32")]
  })
  const total = [...origins, ...loops.values()].reduce((sum, one) => add(sum, one), none())
  return makeProgram({ inputs: Object.values(inputs), outputs: { ...inline(body, inputs), [`out${outs}`]: total } })
}

const loopName = (index: number): string => `loop${index}`

/** Gives all counts: of step `i` as `i`, of the loop whose first result it is as `loop<i>`. */
export const countingProgram = (program: Program): Program => withoutPlaces(() => counting(program))

const counting = (program: Program): Program => {
  const inputs = inputsFor(program)
  const { elements, loops } = countsIn(program, inputs)
  const named = [...[...elements].map(([index, count]) => [String(index), count] as const), ...[...loops].map(([index, count]) => [loopName(index), count] as const)]
  return makeProgram({ inputs: Object.values(inputs), outputs: Object.fromEntries(named) })
}

/** How many elements of a step were not finite. */
export const countOf = (counts: Tensors, name: string | number): number => Number(counts[String(name)]?.data[0] ?? 0)

/** The first step that is not finite although what it was made of is, or in which that happens; an input counts, but not one of a body. */
export const culprit = ({ steps }: Program, counts: Tensors, isBody = false): number | undefined => {
  const bad = (i: number): boolean => countOf(counts, i) > 0
  const found = steps.findIndex(({ op, args }, i) => {
    if (op === "scan") return countOf(counts, loopName(i)) > 0
    return bad(i) && !meant.has(op) && !(isBody && op === "input") && !args.some(bad)
  })
  return found < 0 ? undefined : found
}
