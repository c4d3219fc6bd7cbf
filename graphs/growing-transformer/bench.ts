/** One repetition of the study: what its arms have in common, and the figures that they leave behind, by name. */
import type { Builder, Handle, ParamValues } from "#src"
import {
  answerProbe, changedWeights, documentBits, encodeText, encodeQuestions, glyphSubstrate, inductionProbe, observe, pickRate, pretrain, recovery, scoreOptions, scoreText, trainingCost,
} from "#nodes"
import type { Observed } from "../parts/judge.ts"

export type Trained = Handle<(typeof pretrain)["outputs"]>
export type ModelOut = Trained["model"]
export type SubstrateOut = Handle<(typeof glyphSubstrate)["outputs"]>["substrate"]
export type TokensOut = Handle<(typeof encodeText)["outputs"]>["tokens"]
export type ScoresOut = Handle<(typeof scoreText)["outputs"]>["scores"]
export type RateOut = Handle<(typeof pickRate)["outputs"]>["rate"]
export type ProbeOut = Handle<(typeof inductionProbe)["outputs"]>["probe"]
export type OptionsOut = Handle<(typeof encodeQuestions)["outputs"]>["options"]

/** Figures of one repetition, by `figure/arm`: "bits/grown-3". */
export type Found = Record<string, Observed>

/** What every repetition measures with. */
export interface Material {
  readonly tokens: TokensOut
  readonly heldOut: TokensOut
  /** Text of the training part, for weights that are learned. */
  readonly dev: TokensOut
  readonly probes: Readonly<Record<string, ProbeOut>>
  /** Multiple-choice questions, by set. */
  readonly questions: Readonly<Record<string, OptionsOut>>
  readonly glyphs: SubstrateOut
  /** Picked learning rates, by kind of substrate. */
  readonly rates: Readonly<Record<string, RateOut>>
  readonly width: number
}

type Params = ParamValues<(typeof pretrain)["params"]>
type TrainParams = Pick<Params, "blocks" | "steps"> & Partial<Pick<Params, "start" | "trains" | "table" | "locales" | "width" | "heads">>

/** What an arm is made of besides params: the glyphs and their rate unless said otherwise. */
interface Given {
  /** Arms of equal salt see equal batches and begin alike. */
  readonly salt: string
  readonly substrate?: SubstrateOut
  readonly rate?: RateOut | undefined
  readonly below?: ModelOut | undefined
  readonly budget?: ModelOut | undefined
}

export const makeBench = (g: Builder, material: Material, seed: string) => {
  const { tokens, heldOut, glyphs, width, probes, questions } = material
  const found: Found = {}
  const bits = (name: string, scores: ScoresOut): void => {
    found[`bits/${name}`] = g.add(`bits/${name}`, documentBits, {}, { scores }).observations
  }
  const score = (name: string, model: ModelOut, substrate: SubstrateOut = glyphs): ScoresOut => {
    const { scores } = g.add(`score/${name}`, scoreText, {}, { model, substrate, tokens: heldOut })
    bits(name, scores)
    return scores
  }
  const figures = (metric: Handle<(typeof trainingCost)["outputs"]>["metric"], name: string, wanted: readonly string[]): void => {
    for (const figure of wanted) found[`${figure}/${name}`] = g.add(`observe/${figure.replaceAll(" ", "-")}/${name}`, observe, { figure }, { metric }).observations
  }
  return {
    g,
    seed,
    material,
    found,
    bits,
    score,
    figures,
    /** Trains, and measures bits per character. */
    train: (name: string, params: TrainParams, { salt, substrate = glyphs, rate = material.rates["glyph"], below, budget }: Given): Trained => {
      const trained = g.add(`train/${name}`, pretrain, { width, ...params }, { substrate, tokens, below, budget, rate }, { salt: `${seed}/${salt}` })
      score(name, trained.model, substrate)
      return trained
    },
    cost: (name: string, model: ModelOut): void => {
      const { metric } = g.add(`cost/${name}`, trainingCost, {}, { model })
      figures(metric, name, ["tokens", "flops", "active params", "state bytes", "work bytes", "peak bytes", "merge error"])
    },
    probe: (name: string, model: ModelOut, substrate: SubstrateOut = glyphs): void => {
      for (const [kind, probe] of Object.entries(probes)) found[`${kind}/${name}`] = g.add(`${kind}/${name}`, answerProbe, {}, { models: [model], substrate, probe }).observations
    },
    answer: (name: string, model: ModelOut): void => {
      for (const [set, options] of Object.entries(questions)) found[`${set}/${name}`] = g.add(`${set}/${name}`, scoreOptions, {}, { models: [model], substrate: glyphs, options }).observations
    },
    recovery: (name: string, before: Trained, after: Trained): void => {
      figures(g.add(`recovery/${name}`, recovery, {}, { before: before.curve, after: after.curve }).metric, name, ["jump", "share"])
    },
    changed: (name: string, before: ModelOut, after: ModelOut): void => {
      figures(g.add(`changed/${name}`, changedWeights, {}, { before, after }).metric, name, ["changed"])
    },
  }
}
export type Bench = ReturnType<typeof makeBench>
