/** What patterns of steps are told by: steps of an op, literal numbers, operands in either order. */
import type { OpName } from "../../tensor/op.ts"
import type { Program, Step } from "../../tensor/program.ts"
import type { Counted } from "./pattern.ts"

/** How often each step is read or given back. */
export const usesOf = ({ steps, outputs }: Program): readonly number[] => {
  const uses = steps.map(() => 0)
  for (const index of [...steps.flatMap(({ args }) => args), ...Object.values(outputs)]) uses[index]!++
  return uses
}

/** The steps that read each, once for each time. */
export const usersOf = ({ steps }: Program): readonly (readonly number[])[] => {
  const users = steps.map((): number[] => [])
  steps.forEach(({ args }, i) => args.forEach((arg) => users[arg]!.push(i)))
  return users
}

export type StepOf<Op extends OpName> = Extract<Step, { readonly op: Op }>

/** Step `index`, if it is of that op. */
export const stepOf = <Op extends OpName>({ steps }: Counted, index: number | undefined, op: Op): StepOf<Op> | undefined => {
  const step = index === undefined ? undefined : steps[index]
  return step?.op === op ? (step as StepOf<Op>) : undefined
}

/** Step `index`, if it is of that op and read once. */
export const innerOf = <Op extends OpName>(program: Counted, index: number | undefined, op: Op): StepOf<Op> | undefined =>
  program.uses[index ?? -1] === 1 ? stepOf(program, index, op) : undefined

/** The number that a step is, if it is a literal without axes. */
export const numberOf = (program: Counted, index: number | undefined): number | undefined => {
  const literal = stepOf(program, index, "constant")
  return literal?.shape.length === 0 ? Number(literal.attrs.value.data[0]) : undefined
}

/** The first that `f` finds, for the two operands in either order. */
export const eitherWay = <A>({ args }: Step, f: (a: number, b: number) => A | undefined): A | undefined => {
  const [a, b] = args as readonly [number, number]
  return f(a, b) ?? f(b, a)
}

/** What a product with the literal `factor`, as f32 holds it, multiplies. */
export const scaledBy = (program: Counted, step: StepOf<"mul"> | undefined, factor: number): number | undefined =>
  step === undefined ? undefined : eitherWay(step, (x, by) => (numberOf(program, by) === Math.fround(factor) ? x : undefined))
