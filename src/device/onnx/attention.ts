/**
 * Attention whose shares nobody else reads, as in scoring, as one `Attention`, in two thirds of the time: heads are read and written where
 * they lie side by side, and the mask is no pass of its own. A training step reads the shares once more, for their gradient.
 */
import { equalShapes } from "../../tensor/shape.ts"
import type { Emit } from "./emit.ts"
import { eitherWay, innerOf, numberOf, type StepOf, stepOf } from "./matching.ts"
import type { Counted, Pattern } from "./pattern.ts"
import { rotate, type Rotation, rotationOf } from "./rotation.ts"
import { arg, type Value } from "./row.ts"

/** Queries, keys or values [batch, heads, length, n]: what they are before heads come first, [batch, length, heads, n], and how they are turned after. */
interface Heads {
  readonly source: number
  readonly rotation?: Rotation
}

/** What is added to a hidden score is at most this: after the softmax nothing is left of it. */
const hidden = -1e9

/** softmax(query key' + mask) value, where the mask is causal or there is none, found from the transposition that puts heads side by side. */
export const headsTogether = (program: Counted, step: StepOf<"transpose">): Pattern | undefined => {
  const mixed = isTurn(step) ? innerOf(program, step.args[0], "matmul") : undefined
  const shares = innerOf(program, mixed?.args[0], "softmax")
  if (mixed === undefined || shares === undefined || shares.attrs.axis !== 3 || step.shape.some((extent) => extent === 0)) return undefined
  const bare = innerOf(program, shares.args[0], "matmul")
  const scores = bare ?? underMask(program, innerOf(program, shares.args[0], "add"))
  if (scores === undefined || mixed.attrs.transposeA || mixed.attrs.transposeB || scores.attrs.transposeA || !scores.attrs.transposeB) return undefined
  const [query, key, value] = [headsOf(program, scores.args[0]!), headsOf(program, scores.args[1]!), headsOf(program, mixed.args[1]!)]
  if (query === undefined || key === undefined || value === undefined) return undefined
  const [batch, , heads] = step.shape as readonly [number, number, number]
  // One of them may be stretched over the others' batches or heads.
  if (![query, key, value].every(({ source }) => program.steps[source]!.shape[0] === batch && program.steps[source]!.shape[2] === heads)) return undefined
  const attributes = { q_num_heads: heads, kv_num_heads: heads, is_causal: Number(bare === undefined), scale: { float: 1 } }
  return {
    args: [query.source, key.source, value.source],
    row: (emit, lowered) => {
      const rows = [query, key, value].map(({ rotation }, i) => sideBySide(emit, arg(lowered, i), rotation))
      return emit.reshape(emit.node("Attention", rows, attributes), lowered.shape)
    },
  }
}

/** Whether axes 1 and 2 of four change places. */
const isTurn = ({ attrs }: StepOf<"transpose">): boolean => equalShapes(attrs.permutation, [0, 2, 1, 3])

const headsOf = (program: Counted, index: number): Heads | undefined => {
  const sum = stepOf(program, index, "add")
  const rotation = sum && rotationOf(program, sum)
  const turn = stepOf(program, rotation?.x ?? index, "transpose")
  return turn?.dtype === "f32" && isTurn(turn) ? { source: turn.args[0]!, ...(rotation && { rotation }) } : undefined
}

/** [batch, length, heads n] of [batch, length, heads, n], turned if they are. */
const sideBySide = (emit: Emit, { name, shape }: Value, rotation: Rotation | undefined): string => {
  const [batch, length, heads, n] = shape as readonly [number, number, number, number]
  const rows = emit.reshape(name, [batch, length, heads * n])
  return rotation === undefined ? rows : rotate(emit, rows, rotation, { num_heads: heads, rotary_embedding_dim: n })
}

/** The product to which a causal mask is added. */
const underMask = (program: Counted, sum: StepOf<"add"> | undefined): StepOf<"matmul"> | undefined =>
  sum && eitherWay(sum, (product, mask) => (isCausal(program, mask) ? innerOf(program, product, "matmul") : undefined))

/** Whether a step is a mask [length, length] that hides what comes later than its row, and nothing else. */
const isCausal = (program: Counted, index: number): boolean => {
  const mask = stepOf(program, index, "where")
  const [later, far, near] = mask?.args ?? []
  const order = stepOf(program, later, "lt")
  const [row, column] = [stepOf(program, order?.args[0], "iota"), stepOf(program, order?.args[1], "iota")]
  if (mask === undefined || row === undefined || column === undefined) return false
  const length = mask.shape[0]!
  const isSquare = equalShapes(mask.shape, [length, length]) && equalShapes(row.shape, [length, 1]) && equalShapes(column.shape, [1, length])
  return isSquare && row.attrs.axis === 0 && column.attrs.axis === 1 && (numberOf(program, far) ?? 0) <= hidden && numberOf(program, near) === 0
}
