/**
 * Programs without what their outputs do not need, loops looked into: results that nobody takes from a loop, the carries, slices and
 * constants that only they needed, and what only made those. So a gradient rule may give every cotangent of a loop, and those
 * that nobody asked for cost nothing. SPEC T2.
 */
import { must } from "../base/assert.ts"
import { loopsOf, operandNames, outputOf, type LoopStep } from "./loop-body.ts"
import type { Loop } from "./op/loop.ts"
import type { Program, Step } from "./program.ts"
import { StepList } from "./step-list.ts"

/** `program` with all its outputs, and of its inputs those that are used or `declared`. */
export const prune = (program: Program, declared: readonly string[]): Program =>
  restrict(program, Object.entries(program.outputs), new Map(declared.map((name) => [name, name])))

/** The part of `program` that gives `outputs` (name -> step). `inputs` (old name -> new name) are kept even if unused. */
const restrict = (program: Program, outputs: readonly (readonly [string, number])[], inputs: ReadonlyMap<string, string>): Program => {
  const { alive, loops } = needed(program.steps, outputs.map(([, index]) => index))
  const list = new StepList()
  const at: number[] = []
  const named: [string, number][] = []
  for (const [old, name] of [...inputs].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    const index = must(program.inputs[old], old)
    at[index] = list.place({ ...must(program.steps[index], old), op: "input", args: [], attrs: { name } })
    named.push([name, at[index]])
  }
  program.steps.forEach((step, i) => {
    if (!alive.has(i) || at[i] !== undefined) return
    const mapped = (args: readonly number[]) => args.map((arg) => must(at[arg], "argument"))
    if (step.op === "scan") {
      const { loop, operands, renumbered } = must(loops.get(i), "loop")
      const { result, index } = step.attrs
      const attrs = { ...loop, result, index: must(renumbered.get(outputOf(step.attrs)), outputOf({ result, index })) }
      at[i] = list.place({ ...step, attrs, args: mapped(operands.map((position) => must(step.args[position], "operand"))) })
    } else at[i] = list.place({ ...step, args: mapped(step.args) })
    if (step.op === "input") named.push([step.attrs.name, at[i]])
  })
  return list.program(
    named,
    outputs.map(([name, index]) => [name, must(at[index], name)]),
  )
}

/** A loop without what nobody takes from it. */
interface Trimmed {
  readonly loop: Loop
  /** Positions of the operands that are left. */
  readonly operands: readonly number[]
  /** Name of an output of the old body -> its index among the carries or outs of the new one. */
  readonly renumbered: ReadonlyMap<string, number>
}

/** The steps that `outputs` need, and for every result of a loop among them what is left of the loop. */
const needed = (steps: readonly Step[], outputs: readonly number[]) => {
  const alive = new Set(outputs)
  const loops = new Map<number, Trimmed>()
  const results = loopsOf(steps)
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = must(steps[i], "step")
    if (step.op !== "scan") {
      if (alive.has(i)) step.args.forEach((arg) => alive.add(arg))
      continue
    }
    // Whatever uses a loop follows its first result, and whatever the loop uses comes before that.
    const all = must(results.get(i), "loop")
    const taken = all.filter((index) => alive.has(index))
    if (all[0] !== i || taken.length === 0) continue
    const trimmed = trim(step, new Set(taken.map((index) => must(steps[index], "result") as LoopStep).map(({ attrs }) => outputOf(attrs))))
    for (const index of all) loops.set(index, trimmed)
    for (const position of trimmed.operands) alive.add(must(step.args[position], "operand"))
  }
  return { alive, loops }
}

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/** The loop with those outputs of its body that are `taken`, and those carries that they depend on. */
const trim = ({ attrs: { body, carries, slices, length, reverse }, args }: LoopStep, taken: ReadonlySet<string>): Trimmed => {
  const outs = upTo(Object.keys(body.outputs).length - carries).filter((i) => taken.has(`out${i}`))
  const kept = new Set(upTo(carries).filter((i) => taken.has(`carry${i}`)))
  const outputs = () => [...upTo(carries).filter((i) => kept.has(i)).map((i) => `carry${i}`), ...outs.map((i) => `out${i}`)]
  let used = inputsUsed(body, outputs())
  for (let grown = true; grown; ) {
    const more = upTo(carries).filter((i) => !kept.has(i) && used.has(`carry${i}`))
    more.forEach((i) => kept.add(i))
    grown = more.length > 0
    if (grown) used = inputsUsed(body, outputs())
  }
  const names = operandNames({ carries, slices }, args.length)
  const operands = upTo(args.length).filter((i) => (i < carries ? kept.has(i) : used.has(must(names[i], "operand"))))
  const slicesLeft = operands.filter((i) => i >= carries && i < carries + slices).length
  const shape = { carries: kept.size, slices: slicesLeft }
  const fresh = operandNames(shape, operands.length)
  const left = outputs()
  const renumbered = new Map(left.map((name, i) => [name, i < kept.size ? i : i - kept.size]))
  const renamed = left.map((name, i) => [i < kept.size ? `carry${i}` : `out${i - kept.size}`, must(body.outputs[name], name)] as const)
  const inputs = new Map(operands.map((position, i) => [must(names[position], "operand"), must(fresh[i], "operand")]))
  return { loop: { body: restrict(body, renamed, inputs), ...shape, length, reverse }, operands, renumbered }
}

/** Names of the inputs that outputs of `program` depend on. */
const inputsUsed = (program: Program, outputs: readonly string[]): ReadonlySet<string> => {
  const { alive } = needed(program.steps, outputs.map((name) => must(program.outputs[name], name)))
  return new Set(Object.entries(program.inputs).flatMap(([name, index]) => (alive.has(index) ? [name] : [])))
}
