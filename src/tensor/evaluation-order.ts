/**
 * In which order the steps of a program are evaluated where memory counts: depth first, from the results that need the least to those
 * that need the most, later operands first. So the gradient of a weight is computed as soon as the backward pass has come by.
 *
 * onnxruntime's sequential executor takes this order by itself (`ReverseDFSFrom` the leaves of its graph, what has the higher index
 * first) from a graph whose nodes stand in `listedOrder`.
 */
import type { Program, Step } from "./program.ts"

/** Indices of all steps, each after its arguments: the order that `peak-memory.ts` counts by. */
export const evaluationOrder = (program: Program): readonly number[] => depthFirst(program, 1)

/** The mirror image of `evaluationOrder`: what it comes to first stands last. */
export const listedOrder = (program: Program): readonly number[] => depthFirst(program, -1)

const depthFirst = ({ steps }: Program, direction: 1 | -1): readonly number[] => {
  const used = new Set(steps.flatMap(({ args }) => args))
  const depths: number[] = []
  for (const { args } of steps) depths.push(args.reduce((most, arg) => Math.max(most, 1 + (depths[arg] as number)), 0))
  const depth = (i: number): number => depths[i] as number
  const leaves = [...steps.keys()].filter((i) => !used.has(i)).sort((a, b) => direction * (depth(a) - depth(b) || b - a))

  const order: number[] = []
  const seen = new Set<number>()
  // What lies on top of the stack is taken first.
  const stack = leaves.reverse().map((step) => ({ step, isDone: false }))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.isDone) order.push(top.step)
    if (seen.has(top.step)) continue
    seen.add(top.step)
    stack.push({ step: top.step, isDone: true })
    const { args } = steps[top.step] as Step
    for (const arg of [...new Set(args)].sort((a, b) => direction * (a - b))) if (!seen.has(arg)) stack.push({ step: arg, isDone: false })
  }
  return order
}
