/**
 * State that a run may write over where it lies: when the output that replaces an input is written, everything else that reads the input
 * has been computed, because the output depends on it. Weights and moments of a training step are such, and so is a cache of which one
 * place is replaced. A device that keeps one array for each needs no second set. SPEC D2.
 */
import { isSource, type Program, type Step } from "./program.ts"
import { equalShapes } from "./shape.ts"

/** Ops that read an element of each operand of their result's shape, and write it in that place. */
const aligned: ReadonlySet<Step["op"]> = new Set<Step["op"]>(["neg", "abs", "add", "sub", "mul", "div", "max", "min", "where"])

/** Ops whose result a device may let lie where their operand does: who reads the one may read the other. */
const lies: ReadonlySet<Step["op"]> = new Set<Step["op"]>([
  "reshape", "transpose", "broadcast", "slice", "pad", "concat", "cast", "stop_gradient", "straight_through", "checkpoint", "after",
])

/** Names of inputs that the outputs of their names may overwrite. */
export const overwritten = (program: Program): ReadonlySet<string> => {
  const { steps, inputs, outputs } = program
  const users = steps.map((): number[] => [])
  steps.forEach(({ args }, i) => args.forEach((arg) => users[arg]!.push(i)))
  const given = new Set(Object.values(outputs))
  const isOwn = (name: string, output: number): boolean => {
    const input = inputs[name]
    if (input === undefined || isSource(steps[output]!)) return false
    const near = nearOf(steps, output, (i) => users[i]!.length === 1 && !given.has(i))
    const before = ancestorsOf(steps, output, input)
    const isSafe = (reader: number, of: number): boolean =>
      near.has(reader) ? of === input && aligned.has(steps[reader]!.op) && equalShapes(steps[reader]!.shape, steps[input]!.shape) : before[reader] === 1
    return readersOf(steps, users, input).every(([reader, of]) => isSafe(reader, of))
  }
  return new Set(Object.entries(outputs).flatMap(([name, output]) => (isOwn(name, output) ? [name] : [])))
}

/**
 * `output`, what only it needs, and what these read: a device may compute all of that as one, so that an operand is still read when the
 * result is written.
 */
const nearOf = (steps: readonly Step[], output: number, isInner: (i: number) => boolean): ReadonlySet<number> => {
  const inner = new Set([output])
  const read = new Set<number>()
  // A set is walked with what is added meanwhile.
  for (const i of inner) for (const arg of steps[i]!.args) (isInner(arg) ? inner : read).add(arg)
  return new Set([...inner, ...read])
}

/** 1 for each step that `output` depends on, but for those before `input`. */
const ancestorsOf = (steps: readonly Step[], output: number, input: number): Uint8Array => {
  const before = new Uint8Array(output + 1)
  const open = [output]
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    for (const arg of steps[i]!.args) {
      if (arg <= input || before[arg] === 1) continue
      before[arg] = 1
      open.push(arg)
    }
  }
  return before
}

/** Every step that reads `input` or what may lie in its place, and which of these it reads. */
const readersOf = (steps: readonly Step[], users: readonly (readonly number[])[], input: number): readonly (readonly [number, number])[] => {
  const places = new Set([input])
  const readers: [number, number][] = []
  for (const place of places) {
    for (const user of users[place]!) {
      readers.push([user, place])
      if (lies.has(steps[user]!.op)) places.add(user)
    }
  }
  return readers
}
