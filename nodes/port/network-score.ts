/** How many examples classifiers get right, and their mean cross-entropy; of several, by what they say together. */
import { add, argmax, cast, eq, input, logSoftmax, logSumExp, makeProgram, mul, must, ndarray, NodeFailure, reshape, stack, sub, takeAlong, withProgram, type Expr, type Metric, type NdArray, type RunContext, type Tensors } from "#src"
import { batchesOf, countOf, labelsOf, pick, rowsAt, unitInputs, widthOf, type Examples } from "./examples.ts"
import { networkForward, networkInputs, type Network } from "./network.ts"

const rows = 256

export interface Scored {
  readonly accuracy: number
  /** Nats. */
  readonly loss: number
}

export const together = ["logit-mean", "probability-mean"] as const
export type Together = (typeof together)[number]

/** Log-probabilities f32 [n, classes] of what classifiers say together. */
export const togetherLogp = (logits: readonly Expr[], rule: Together): Expr => {
  if (rule === "logit-mean") return logSoftmax(mul(logits.reduce((a, b) => add(a, b)), 1 / logits.length))
  return sub(logSumExp(stack(logits.map((l) => logSoftmax(l)), 0), 0), Math.log(logits.length))
}

/** Where logits come from. */
interface Source {
  /** f32 [rows, classes] of each classifier. */
  readonly logits: readonly Expr[]
  readonly inputs: readonly Expr[]
  /** Values of inputs that are the same for all examples, by name. */
  readonly tensors: Tensors
  /** Values of the others, for the examples at `places`. */
  readonly at: (places: readonly number[]) => Tensors
}

const tally = async ({ logits, inputs, tensors, at }: Source, data: Examples, context: RunContext, rule: Together = "logit-mean"): Promise<Scored> => {
  if (countOf(data) === 0) throw new NodeFailure("there are no examples to measure on")
  const label = input("label", [rows], "i32")
  const logp = togetherLogp(logits, rule)
  const outputs = { right: cast(eq(argmax(logp), label), "f32"), logp: reshape(takeAlong(logp, reshape(label, [rows, 1])), [rows]) }
  const labels = labelsOf(data)
  return withProgram(await context.device(), makeProgram({ inputs: [...inputs, label], outputs }), tensors, async (bound) => {
    let [right, loss] = [0, 0]
    for (const { places, count } of batchesOf(countOf(data), rows)) {
      context.signal.throwIfAborted()
      const out = await bound.run({ ...at(places), label: ndarray("i32", [rows], Int32Array.from(places, (place) => labels[place] as number)) })
      for (let i = 0; i < count; i++) {
        right += must(out["right"], "right").data[i] as number
        loss -= must(out["logp"], "logp").data[i] as number
      }
    }
    return { accuracy: right / countOf(data), loss: loss / countOf(data) }
  })
}

/** Classifiers of the same classes, as programs. */
export interface Classifiers {
  readonly weights: readonly Expr[]
  /** Values of the weights, by name. */
  readonly tensors: Tensors
  /** Logits f32 [n, classes] of each, of pixels f32 [n, width]. */
  readonly logits: (pixels: Expr) => readonly Expr[]
}

/** Both figures, over all examples, of what classifiers say together: the mean of their logits. */
export const scoreOf = ({ weights, tensors, logits }: Classifiers, data: Examples, context: RunContext): Promise<Scored> => {
  const given = input("input", [rows, widthOf(data)], "u8")
  return tally({ logits: logits(unitInputs(given)), inputs: [...weights, given], tensors, at: (places) => ({ input: pick(data, places).input }) }, data, context)
}

/** The same of a network. */
export const score = ({ meta: { widths }, tensors }: Network, data: Examples, context: RunContext): Promise<Scored> => {
  const weights = networkInputs(widths)
  return scoreOf({ weights: Object.values(weights), tensors, logits: (pixels) => [networkForward(widths, weights, pixels).logits] }, data, context)
}

/** The same of logits f32 [n, classes] that each of several classifiers gave. */
export const scoreOfLogits = (said: readonly NdArray[], data: Examples, context: RunContext, rule: Together): Promise<Scored> => {
  const classes = must(said[0], "logits").shape[1] as number
  const logits = said.map((_, i) => input(`logits/${i}`, [rows, classes]))
  const rowsOf = ({ data }: NdArray, places: readonly number[]): NdArray => ndarray("f32", [rows, classes], rowsAt(data as Float32Array<ArrayBuffer>, classes, places))
  return tally({ logits, inputs: logits, tensors: {}, at: (places) => Object.fromEntries(said.map((of, i) => [`logits/${i}`, rowsOf(of, places)])) }, data, context, rule)
}

/** The mean of sets of examples, which count alike. */
export const scoreMetric = (scored: readonly Scored[]): Metric => {
  const mean = (figure: keyof Scored): number => scored.reduce((sum, of) => sum + of[figure], 0) / scored.length
  return { title: "Accuracy", unit: "share of examples", better: "higher", values: { accuracy: mean("accuracy"), loss: mean("loss") } }
}
