/**
 * How many answers of a probe a model gets right: its likeliest token at each place that is scored, read in the sequence itself.
 * `accuracy` is the share of answers, `whole` that of sequences in which all of them are right. Several models answer in one program, so
 * another one in place of one runs all: their logits kept apart would be larger than they are (induction, 2,048 items with 23 answers, of 2,048 ids: 386 MB a model).
 */
import {
  argmax, cast, choice, defineKind, eq, input, makeProgram, many, metricPort, must, ndarray, NodeFailure, one, withProgram, type NdArray, type Tensors,
} from "#src"
import { requireFit } from "../port/fit.ts"
import { model, type Model } from "../port/model.ts"
import { together, togetherLogp } from "../port/network-score.ts"
import { observations } from "../port/observations.ts"
import { probe as probePort, type Probe } from "../port/probe.ts"
import { substrate, type Substrate } from "../port/substrate.ts"
import { modelInputs } from "../port/model-inputs.ts"

/** Sequences in one execution. */
const rows = 16

/** What goes into a model that reads sequences `from` and on: i32 [rows, length] each; filled up with the opening token. */
const pack = ({ meta, tensors }: Probe, from: number): { readonly input: NdArray<"i32">; readonly target: NdArray<"i32"> } => {
  const { shape, data } = must(tensors["ids"], "probe.ids")
  const length = shape[1] as number
  const [read, target] = [new Int32Array(rows * length).fill(meta.bos), new Int32Array(rows * length)]
  for (let row = 0; row < Math.min(rows, (shape[0] as number) - from); row++) {
    const ids = data.subarray((from + row) * length, (from + row + 1) * length)
    read.set(ids.subarray(0, -1), row * length + 1)
    target.set(ids, row * length)
  }
  return { input: ndarray("i32", [rows, length], read), target: ndarray("i32", [rows, length], target) }
}

const requireRoom = ({ meta }: Model, { meta: about, tensors }: Probe): void => {
  const length = must(tensors["ids"], "probe.ids").shape[1] as number
  if (length > meta.context) throw new NodeFailure(`the probe's sequences are ${length} tokens long, the model was trained on ${meta.context}`)
  if (about.vocabulary !== meta.vocabulary) throw new NodeFailure(`the probe is of a vocabulary of ${about.vocabulary}, the model knows ${meta.vocabulary}`)
}

/** One program that says where models together are right: `right` f32 [rows, length]. */
const rightProgram = (models: readonly Model[], given: Substrate, length: number, rule: (typeof together)[number]) => {
  const [ids, target] = [input("input", [rows, length], "i32"), input("target", [rows, length], "i32")]
  const parts = models.map((each, j) => modelInputs(each, given, `${j}/`))
  const logp = togetherLogp(parts.map((part) => part.logits(ids)), rule)
  const program = makeProgram({ inputs: [...parts.flatMap(({ expressions }) => Object.values(expressions)), ids, target], outputs: { right: cast(eq(argmax(logp), target), "f32") } })
  return { program, resident: Object.assign({}, ...parts.map(({ values }) => values)) as Tensors }
}

export const answerProbe = defineKind({
  id: "model/answer-probe",
  module: import.meta.url,
  title: "Answers to a probe",
  params: { rule: choice(together, { default: "logit-mean", doc: "How several models answer together" }) },
  inputs: { models: many(model), substrate: one(substrate), probe: one(probePort) },
  outputs: { metric: metricPort, observations },
  onDevice: true,
  run: async ({ models, substrate: given, probe }, { rule }, context) => {
    for (const each of models) {
      requireFit(each, given)
      requireRoom(each, probe)
    }
    const scored = must(probe.tensors["scored"], "probe.scored")
    const [items, length] = scored.shape as readonly [number, number]
    const { program, resident } = rightProgram(models, given, length, rule)
    const [sum, weight]: [number[], number[]] = [[], []]
    await withProgram(await context.device(), program, resident, async (bound) => {
      for (let from = 0; from < items; from += rows) {
        context.signal.throwIfAborted()
        const out = await bound.run({ ...pack(probe, from) })
        const right = must(out["right"], "right").data
        for (let row = 0; row < Math.min(rows, items - from); row++) {
          let [hits, answers] = [0, 0]
          for (let place = 0; place < length; place++) {
            const counts = scored.data[(from + row) * length + place] as number
            answers += counts
            hits += counts * (right[row * length + place] as number)
          }
          sum.push(hits)
          weight.push(answers)
        }
        context.progress({ done: sum.length, total: items, unit: "items" })
      }
    })
    const total = (of: readonly number[]): number => of.reduce((all, x) => all + x, 0)
    const { title, chance } = probe.meta
    const about = { title, unit: "share of answers", better: "higher" as const }
    return {
      metric: { ...about, values: { accuracy: total(sum) / total(weight), whole: sum.filter((hits, i) => hits === weight[i]).length / items, chance, items } },
      observations: { ...about, chance, each: "items", groups: ["all"], group: sum.map(() => 0), sum, weight },
    }
  },
})
