/** How many examples classifiers get right, and their mean cross-entropy; of several, by what they say together. */
import { add, argmax, cast, eq, input, logSoftmax, logSumExp, makeProgram, mul, must, NodeFailure, reshape, stack, sub, takeAlong, withProgram, type Expr, type Metric, type RunContext, type Tensors } from "#src"
import { batchesOf, countOf, pick, unitInputs, widthOf, type Examples } from "./examples.ts"
import { networkForward, networkInputs, prefixed, type Network } from "./network.ts"

const rows = 256

export interface Scored {
  readonly accuracy: number
  /** Nats. */
  readonly loss: number
}

export const together = ["logit-mean", "probability-mean"] as const
export type Together = (typeof together)[number]

/** Log-probabilities f32 [n, classes] of what networks say together. */
export const togetherLogp = (logits: readonly Expr[], rule: Together): Expr => {
  if (rule === "logit-mean") return logSoftmax(mul(logits.reduce((a, b) => add(a, b)), 1 / logits.length))
  return sub(logSumExp(stack(logits.map((l) => logSoftmax(l)), 0), 0), Math.log(logits.length))
}

/** Classifiers of the same classes, as programs. */
export interface Classifiers {
  readonly weights: readonly Expr[]
  /** Values of the weights, by name. */
  readonly tensors: Tensors
  /** Logits f32 [n, classes] of each, of pixels f32 [n, width]. */
  readonly logits: (pixels: Expr) => readonly Expr[]
}

/** Both figures, over all examples. */
export const scoreOf = async ({ weights, tensors, logits }: Classifiers, data: Examples, context: RunContext, rule: Together = "logit-mean"): Promise<Scored> => {
  if (countOf(data) === 0) throw new NodeFailure("there are no examples to measure on")
  const given = { input: input("input", [rows, widthOf(data)], "u8"), label: input("label", [rows], "i32") }
  const logp = togetherLogp(logits(unitInputs(given.input)), rule)
  const outputs = { right: cast(eq(argmax(logp), given.label), "f32"), logp: reshape(takeAlong(logp, reshape(given.label, [rows, 1])), [rows]) }
  const program = makeProgram({ inputs: [...weights, ...Object.values(given)], outputs })
  return withProgram(await context.device(), program, tensors, async (bound) => {
    let [right, loss] = [0, 0]
    for (const { places, count } of batchesOf(countOf(data), rows)) {
      context.signal.throwIfAborted()
      const out = await bound.run(pick(data, places))
      for (let i = 0; i < count; i++) {
        right += must(out["right"], "right").data[i] as number
        loss -= must(out["logp"], "logp").data[i] as number
      }
    }
    return { accuracy: right / countOf(data), loss: loss / countOf(data) }
  })
}

/** The same of networks. */
export const score = async (networks: readonly Network[], data: Examples, context: RunContext, rule: Together = "logit-mean"): Promise<Scored> => {
  const classes = networks.map(({ meta: { widths } }) => widths.at(-1))
  if (classes.some((n) => n !== classes[0])) throw new NodeFailure(`the networks tell ${classes.join(", ")} classes apart; to speak together they must have the same`)
  const weights = networks.map(({ meta }, i) => networkInputs(meta.widths, `${i}/`))
  const classifiers: Classifiers = {
    weights: weights.flatMap((of) => Object.values(of)),
    tensors: Object.assign({}, ...networks.map(({ tensors }, i) => prefixed(`${i}/`, tensors))) as Tensors,
    logits: (pixels) => networks.map(({ meta }, i) => networkForward(meta.widths, must(weights[i], "weights"), pixels).logits),
  }
  return scoreOf(classifiers, data, context, rule)
}

/** The mean of sets of examples, which count alike. */
export const scoreMetric = (scored: readonly Scored[]): Metric => {
  const mean = (figure: keyof Scored): number => scored.reduce((sum, of) => sum + of[figure], 0) / scored.length
  return { title: "Accuracy", unit: "share of examples", better: "higher", values: { accuracy: mean("accuracy"), loss: mean("loss") } }
}
