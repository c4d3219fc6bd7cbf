/**
 * Reading loops: what the inputs of a body are called, which steps belong to one loop, and a body as expressions. Not here: how a
 * loop is traced (`loop.ts`), what is left out of one (`prune.ts`).
 */
import type { Loop, LoopOps } from "./op/loop.ts"
import type { Program, Step } from "./program.ts"

/** Inputs of the body, in the order of the operands of the loop. */
export const operandNames = ({ carries, slices }: Pick<Loop, "carries" | "slices">, operands: number): readonly string[] =>
  Array.from({ length: operands }, (_, i) =>
    i < carries ? `carry${i}` : i < carries + slices ? `slice${i - carries}` : `constant${i - carries - slices}`,
  )

/** The output of the body from which a result is made. */
export const outputOf = ({ result, index }: Pick<LoopOps["scan"], "result" | "index">): string => `${result === "out" ? "out" : "carry"}${index}`

/** The step behind an input or output, or `undefined`. */
export const typeIn = (program: Program, side: "inputs" | "outputs", name: string): Step | undefined => {
  const index = program[side][name]
  return index === undefined ? undefined : program.steps[index]
}

/** Equal for the results of one loop: `args` are whatever tells its operands apart. */
export const loopKey = ({ body, carries, slices, length, reverse }: Loop, args: readonly number[]): string =>
  JSON.stringify([args, body.hash, carries, slices, length, reverse])

export type LoopStep = Extract<Step, { readonly op: "scan" }>

/** For every step that is a result of a loop: the steps of all results of that loop, in order. */
export const loopsOf = (steps: readonly Step[]): ReadonlyMap<number, readonly number[]> => {
  const loops = new Map<string, number[]>()
  const byStep = new Map<number, readonly number[]>()
  steps.forEach((step, i) => {
    if (step.op !== "scan") return
    const key = loopKey(step.attrs, step.args)
    const results = loops.get(key) ?? []
    results.push(i)
    loops.set(key, results)
    byStep.set(i, results)
  })
  return byStep
}
