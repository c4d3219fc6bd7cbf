/**
 * Batch rules: ops that run a program many times. One loop for all examples: its body is the body of one example, batched. A carry
 * has a batch if it starts with one or gets one on the way.
 */
import { must } from "../../base/assert.ts"
import { variable } from "../close-over.ts"
import type { Expr, Exprs } from "../expr.ts"
import { inline } from "../inline.ts"
import { loopResult } from "../loop.ts"
import { operandNames, outputOf, typeIn } from "../loop-body.ts"
import { makeProgram } from "../make-program.ts"
import type { Loop, LoopOps } from "../op/loop.ts"
import type { Program } from "../program.ts"
import { broadcastTo } from "../reshape.ts"
import { input } from "../source.ts"
import { moveAxes, spread, type Rule, type Rules } from "./rule.ts"

const scan: Rule<"scan"> = ({ args, attrs, y, size, batch }) => {
  const { body, carries, slices } = attrs
  const names = operandNames(attrs, args.length)
  const several = new Set(names.filter((_, i) => must(args[i], "operand").batched))
  for (let grown = true; grown; ) {
    const given = dependants(body, several)
    const more = names.slice(0, carries).filter((name) => given.has(name) && !several.has(name))
    more.forEach((name) => several.add(name))
    grown = more.length > 0
  }

  const operands = args.map((arg, i) => {
    if (!several.has(must(names[i], "operand"))) return arg.x
    const all = spread(arg, size)
    return i >= carries && i < carries + slices ? moveAxes(all, 0, 1, 1) : all
  })
  const wholes = new Map<Expr, Expr>()
  const inputs = names.map((name): [string, Expr, Expr] => {
    const { shape, dtype } = must(typeIn(body, "inputs", name), name)
    const whole = input(name, several.has(name) ? [size, ...shape] : shape, dtype)
    if (!several.has(name)) return [name, whole, whole]
    const one = variable({ shape, dtype })
    wholes.set(one, whole)
    return [name, one, whole]
  })
  const results = inline(body, Object.fromEntries(inputs.map(([name, one]) => [name, one])))
  const given = dependants(body, several)
  const outputs: Exprs = Object.fromEntries(
    Object.entries(results).map(([name, x]) => [name, several.has(name) || given.has(name) ? must(batch([x], wholes, size)[0], name) : x]),
  )
  const { length, reverse } = attrs
  const loop: Loop = { body: makeProgram({ inputs: inputs.map(([, , whole]) => whole), outputs }), carries, slices, length, reverse }
  const result = loopResult(loop, operands, attrs.result, attrs.index)
  const name = outputOf(attrs)
  if (!several.has(name) && !given.has(name)) return broadcastTo(result, [size, ...y.shape])
  return attrs.result === "final" ? result : moveAxes(result, 1, 1, 0)
}

/** Names of the outputs of `program` that depend on `inputs`. */
const dependants = ({ steps, inputs, outputs }: Program, from: ReadonlySet<string>): ReadonlySet<string> => {
  const reached = new Set([...from].map((name) => must(inputs[name], name)))
  steps.forEach((step, i) => {
    if (step.args.some((arg) => reached.has(arg))) reached.add(i)
  })
  return new Set(Object.entries(outputs).flatMap(([name, index]) => (reached.has(index) ? [name] : [])))
}

export const loopRules: Rules<LoopOps> = { scan }
