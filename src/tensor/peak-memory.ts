/**
 * How much memory a program needs at its widest moment, by liveness: what `cost` calls `peakBytes`. Modelled on onnxruntime: values come
 * in `evaluationOrder`; elementwise ops write over an operand that nothing needs any more; memory that is free goes to the next value of
 * the same shape, and is given back when no such value follows; views and broadcasts that an elementwise op does anyway are free; inputs
 * and constants stay, and so do outputs once they are there; an output that replaces the input of its name is written where that lies
 * (`overwritten.ts`), or has a buffer beside it all the time (SPEC D2). Not in it: what the process, the runtime, its compiled graph and its allocator need for themselves.
 */
import { bytesPerElement, sizeOf, type Shape } from "../base/ndarray.ts"
import { evaluationOrder } from "./evaluation-order.ts"
import { elementwiseRules } from "./infer/elementwise.ts"
import { loopsOf } from "./loop-body.ts"
import { overwritten } from "./overwritten.ts"
import { isSource, type Program, type Step } from "./program.ts"
import { broadcastShapes, equalShapes } from "./shape.ts"
import type { Typed } from "./trace-error.ts"

export const bytesOf = ({ dtype, shape }: Typed): number => sizeOf(shape) * bytesPerElement[dtype]

/** The same elements under another shape or name: no device copies them. */
export const isView = ({ op }: Step): boolean => op === "reshape" || op === "stop_gradient" || op === "straight_through" || op === "checkpoint"

const isPointwise = ({ op }: Step): boolean => Object.hasOwn(elementwiseRules, op)

/** Memory that values lie in one after the other: by the positions, in the order of evaluation, at which it is taken and given back. */
interface Buffer {
  readonly bytes: number
  /** Of the value that it was taken for: who comes later must be of the same. */
  readonly pool: string
  readonly from: number
  until: number
}

/** `loopBytes`: what one loop needs while it runs, beside its operands and results. */
export const peakMemory = (program: Program, loopBytes: (loop: Extract<Step, { op: "scan" }>) => number): number => {
  const { steps, inputs, outputs } = program
  const at = (i: number): Step => steps[i] as Step
  const owners = ownersOf(program)
  const operands = (i: number): readonly number[] =>
    isView(at(i)) ? [owners[i] as number] : [...new Set(at(i).args.map((arg) => owners[arg] as number))]
  const uses = steps.map(() => 0)
  const order = evaluationOrder(program).filter((i) => !isSource(at(i)))
  for (const i of order) for (const arg of operands(i)) uses[arg] = (uses[arg] as number) + 1

  const kept = new Set(Object.values(outputs).map((i) => owners[i] as number))
  const state = new Set(Object.entries(outputs).flatMap(([name, i]) => (Object.hasOwn(inputs, name) && !isSource(at(i)) ? [owners[i] as number] : [])))
  const isTemporary = (i: number): boolean => !isSource(at(i)) && !kept.has(i)
  const loops = loopsOf(steps)

  const buffers: Buffer[] = []
  const take = (bytes: number, pool: string, from: number, until = order.length): Buffer => {
    const buffer = { bytes, pool, from, until }
    buffers.push(buffer)
    return buffer
  }
  const heldBy = new Map<number, Buffer>()
  const free = new Map<string, Buffer[]>()
  /** An operand that the step writes over. */
  const reusable = (i: number): number | undefined =>
    isPointwise(at(i)) && isTemporary(i) ? operands(i).find((arg) => uses[arg] === 1 && isTemporary(arg) && bytesOf(at(arg)) === bytesOf(at(i))) : undefined
  const hold = (i: number, now: number): void => {
    const [step, old] = [at(i), reusable(i)]
    const reused = old === undefined ? (isTemporary(i) ? free.get(poolOf(step))?.pop() : undefined) : heldBy.get(old)
    if (old !== undefined) heldBy.delete(old)
    heldBy.set(i, reused ?? take(bytesOf(step), poolOf(step), now))
  }
  const release = (i: number, now: number): void => {
    const buffer = heldBy.get(i)
    if (buffer === undefined || !isTemporary(i)) return
    buffer.until = now
    const pool = free.get(buffer.pool)
    if (pool === undefined) free.set(buffer.pool, [buffer])
    else pool.push(buffer)
  }
  order.forEach((i, now) => {
    const step = at(i)
    if (owners[i] === i && !state.has(i)) hold(i, now)
    if (step.op === "scan" && loops.get(i)?.[0] === i) take(loopBytes(step), "", now, now)
    for (const arg of operands(i)) {
      uses[arg] = (uses[arg] as number) - 1
      if (uses[arg] === 0 && arg !== i) release(arg, now)
    }
    if (owners[i] === i && uses[i] === 0) release(i, now)
  })
  const over = overwritten(program)
  const beside = new Set(Object.entries(outputs).flatMap(([name, i]) => (over.has(name) ? [] : [owners[i] as number])).filter((i) => state.has(i)))
  const resident = steps.reduce((n, step, i) => n + (isSource(step) || beside.has(i) ? bytesOf(step) : 0), 0)
  return resident + widest(buffers, order.length)
}

/** Values of one pool follow each other in the same memory: onnxruntime compares extents, and does not see that others have as many elements. */
const poolOf = ({ dtype, shape }: Typed): string => `${bytesPerElement[dtype]} ${shape.join()}`

/** The most bytes that are taken at once. */
const widest = (buffers: readonly Buffer[], length: number): number => {
  const changes = new Array<number>(length + 2).fill(0)
  for (const { bytes, from, until } of buffers) {
    changes[from] = (changes[from] as number) + bytes
    changes[until + 1] = (changes[until + 1] as number) - bytes
  }
  let [now, most] = [0, 0]
  for (const change of changes) most = Math.max(most, (now += change))
  return most
}

/** Whose memory each step's value lies in: its own, or that of what it is a view of. */
const ownersOf = ({ steps }: Program): readonly number[] => {
  const users = steps.map((): Step[] => [])
  for (const step of steps) for (const arg of step.args) users[arg]?.push(step)
  const owners: number[] = []
  steps.forEach((step, i) => {
    const isFree = isView(step) || (step.op === "broadcast" && (users[i] as Step[]).every((user) => isPointwise(user) && stretches(steps, user, i)))
    owners.push(isFree ? (owners[step.args[0] as number] as number) : i)
  })
  return owners
}

/** Whether an elementwise step has the shape it has also without the broadcast `i`. */
const stretches = (steps: readonly Step[], { args, shape }: Step, i: number): boolean => {
  const shapeOf = (arg: number): Shape => (steps[arg] as Step).shape
  const without = args.map((arg) => shapeOf(arg === i ? ((steps[i] as Step).args[0] as number) : arg))
  return equalShapes(without.reduce<Shape>((all, one) => broadcastShapes(all, one) ?? all, []), shape)
}
