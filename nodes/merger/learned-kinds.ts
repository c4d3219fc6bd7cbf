/**
 * AdaMerging, aTLAS and learned soups as nodes (`learned/learn-coefficients.ts`). They learn from the start whatever changes: begun from what was
 * found before, they would end elsewhere than a merge from scratch.
 */
import {
  add, choice, cosineDecay, crossEntropy, curvePort, defineKind, entropy, integer, many, mul, must, ndarray, one, real, tablePort, input, type AdamW, type Curve, type Expr, type Exprs,
  type NdArray, type RunContext, type Table, type Tensors,
} from "#src"
import { countOf, examples, pick, requireLearnable, unitInputs, widthOf, type Examples } from "../port/examples.ts"
import { network, networkForward, type Network } from "../port/network.ts"
import { requireSameWidths } from "./joint-grams.ts"
import { learnCoefficients, type Learning } from "./learned/learn-coefficients.ts"

const outputs = { network, coefficients: tablePort, curve: curvePort }
const by = choice(["model", "tensor"], { default: "tensor", doc: "One coefficient for each model, or for each model and tensor" })

const minus = (a: Tensors, b: Tensors): Tensors =>
  Object.fromEntries(Object.entries(a).map(([name, { shape, data }]) => [name, ndarray("f32", shape, Float32Array.from(data as Float32Array, (x, k) => x - (b[name]?.data[k] as number)))]))

const empty = (of: Tensors): Tensors => Object.fromEntries(Object.entries(of).map(([name, { shape, data }]) => [name, ndarray("f32", shape, new Float32Array(data.length))]))

type Given = Omit<Learning, "base" | "taskVectors" | "given" | "batch" | "loss" | "progress"> & { readonly rows: number; readonly labelled: boolean }

/** Learns on batches of all sets at once; the loss is the mean over sets. */
const learn = async (base: Network | undefined, models: readonly Network[], sets: readonly Examples[], { rows, labelled, ...learning }: Given, context: RunContext) => {
  requireSameWidths([...(base === undefined ? [] : [base]), ...models])
  const first = base ?? must(models[0], "model")
  // Without labels, test inputs may be learned from: AdaMerging's authors do.
  for (const set of sets) if (labelled || countOf(set) === 0) requireLearnable(set, "learn coefficients from")
  const from = base?.tensors ?? empty(first.tensors)
  const given: Exprs = Object.assign({}, ...sets.map((set, i) => ({ [`input/${i}`]: input(`input/${i}`, [rows, widthOf(set)], "u8"), ...(labelled ? { [`label/${i}`]: input(`label/${i}`, [rows], "i32") } : {}) })))
  const draw = context.random.fork("batches")
  const { coefficients, losses } = await learnCoefficients(await context.device(), {
    ...learning,
    base: from,
    taskVectors: models.map(({ tensors }) => (base === undefined ? tensors : minus(tensors, from))),
    given,
    batch: (step) =>
      Object.assign({}, ...sets.map((set, i) => {
        const picked = pick(set, Array.from({ length: rows }, (_, k) => draw.fork(`${i}`).below(step * rows + k, countOf(set))))
        return { [`input/${i}`]: picked.input, ...(labelled ? { [`label/${i}`]: picked.label } : {}) }
      })) as Tensors,
    loss: (weights, x) => {
      const terms = sets.map((_, i): Expr => {
        const { logits } = networkForward(first.meta.widths, weights, unitInputs(must(x[`input/${i}`], "input")))
        return labelled ? crossEntropy(logits, must(x[`label/${i}`], "label")) : entropy(logits)
      })
      return mul(terms.reduce((a, b) => add(a, b)), 1 / terms.length)
    },
    progress: (step, loss) => {
      context.signal.throwIfAborted()
      context.progress({ done: step, total: learning.steps, unit: "steps", note: `loss ${loss.toFixed(3)}` })
    },
  })
  return { network: { meta: first.meta, tensors: combined(from, models, base !== undefined, coefficients) }, coefficients: tableOf(Object.keys(from), coefficients), curve: curveOf(losses, labelled ? "cross-entropy, nats" : "entropy, nats") }
}

/** `W_0 + sum_t c_t (W_t - W_0)`, or `sum_t c_t W_t`, in f64. */
const combined = (base: Tensors, models: readonly Network[], based: boolean, coefficients: readonly (readonly number[])[]): Tensors =>
  Object.fromEntries(
    Object.entries(base).map(([name, { shape, data }], b) => {
      const of = coefficients.map((row) => row[row.length === 1 ? 0 : b] as number)
      const values = models.map(({ tensors }) => (tensors[name] as NdArray).data)
      return [name, ndarray("f32", shape, Float32Array.from(data as Float32Array, (w, k) => w + of.reduce((sum, c, t) => sum + c * ((values[t]?.[k] as number) - (based ? w : 0)), 0)))]
    }),
  )

const tableOf = (names: readonly string[], coefficients: readonly (readonly number[])[]): Table => ({
  title: "Coefficients",
  columns: ["tensor", ...coefficients.map((_, t) => `model ${t + 1}`)],
  rows: (coefficients[0]?.length === 1 ? ["all"] : names).map((name, b) => [name, ...coefficients.map((row) => Number((row[b] as number).toPrecision(4)))]),
})

const curveOf = (losses: readonly number[], y: string): Curve => ({ title: "Loss", x: "steps", y, series: [{ name: "", points: losses.map((loss, i) => [i + 1, loss] as const) }] })

export const mergeAdamerging = defineKind({
  id: "merger/adamerging",
  module: import.meta.url,
  title: "AdaMerging",
  reference: "https://arxiv.org/abs/2310.02575",
  params: {
    by,
    start: real({ min: 0, max: 1, default: 0.3, doc: "Coefficients at the start" }),
    steps: integer({ min: 1, max: 100_000, default: 500, doc: "Optimiser steps" }),
    lr: real({ min: 1e-6, max: 1, default: 1e-3, doc: "Learning rate of Adam" }),
    batch: integer({ min: 1, max: 4096, default: 32, doc: "Examples of each set at a step; the authors take two batches of 16" }),
  },
  inputs: { base: one(network), models: many(network), examples: many(examples) },
  outputs,
  seeded: true,
  onDevice: true,
  run: ({ base, models, examples: sets }, { by: blocks, start, steps, lr, batch: rows }, context) =>
    learn(base, models, sets, { by: blocks, range: "unit", start, optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }, lr: () => lr, steps, rows, labelled: false }, context),
})

export const mergeAtlas = defineKind({
  id: "merger/atlas",
  module: import.meta.url,
  title: "aTLAS",
  reference: "https://arxiv.org/abs/2407.02880",
  params: {
    by,
    steps: integer({ min: 1, max: 100_000, default: 300, doc: "Optimiser steps" }),
    lr: real({ min: 1e-6, max: 1, default: 0.1, doc: "Learning rate of AdamW at the start; it falls to 0 along a cosine. As the authors have it for a few examples of a class; for whole data sets 1e-3" }),
    weightDecay: real({ min: 0, max: 1, default: 0.1, doc: "Decoupled decay of coefficients, towards the base" }),
    batch: integer({ min: 1, max: 4096, default: 128, doc: "Examples of each set at a step" }),
  },
  inputs: { base: one(network), models: many(network), examples: many(examples) },
  outputs,
  seeded: true,
  onDevice: true,
  run: ({ base, models, examples: sets }, { by: blocks, steps, lr, weightDecay, batch: rows }, context) => {
    const optimiser: AdamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay }
    // The authors clip the gradient of the sum over sets at 1.
    return learn(base, models, sets, { by: blocks, range: "free", start: 0, optimiser, clip: 1 / sets.length, lr: cosineDecay(lr, 0, steps), steps, rows, labelled: true }, context)
  },
})

export const learnedSoup = defineKind({
  id: "merger/learned-soup",
  module: import.meta.url,
  title: "Learned soup",
  reference: "https://arxiv.org/abs/2203.05482",
  params: {
    by: choice(["model", "tensor"], { default: "model", doc: "One share for each model, or for each model and tensor" }),
    steps: integer({ min: 1, max: 100_000, default: 300, doc: "Optimiser steps" }),
    lr: real({ min: 1e-6, max: 10, default: 0.05, doc: "Learning rate of Adam" }),
    batch: integer({ min: 1, max: 4096, default: 128, doc: "Examples of each set at a step" }),
  },
  inputs: { models: many(network), validation: many(examples) },
  outputs,
  seeded: true,
  onDevice: true,
  run: ({ models, validation }, { by: blocks, steps, lr, batch: rows }, context) =>
    learn(undefined, models, validation, { by: blocks, range: "shares", start: 0, optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }, lr: () => lr, steps, rows, labelled: true }, context),
})
