/**
 * What Growing Transformers (Bochkov, arXiv 2507.07129) is worth, with the controls that the paper lacks: every substrate, composition
 * and way of growing beside each other, over several seeds, and a verdict on each of twenty criteria that were written down first
 * (`criteria.ts`). Arms that have work in common share it, because equal keys have one result.
 */
import { graph, integer, numbers, words, type Builder } from "#src"
import { curveOver, encodeQuestions, encodeText, glyphSubstrate, inductionProbe, keyValueProbe, localisedText, methodTable, ngramTokenizer, questionSet } from "#nodes"
import { judgeStudy } from "../parts/judge.ts"
import { makeBench, type Found, type Material } from "./bench.ts"
import { compositionArms, type CompositionShape } from "./composition.ts"
import { studyParts } from "./criteria.ts"
import { growthArms, type GrowthShape } from "./growth.ts"
import { wideningArms } from "./widening.ts"
import { controls, substrateArms, substrateIn, substrateKinds, tunedRates, type SubstrateKind, type Substrates } from "./substrates.ts"

const params = {
  seeds: integer({ min: 1, max: 100, default: 3, doc: "Repetitions" }),
  stages: integer({ min: 3, max: 24, default: 6, doc: "Stages of growth, one block each" }),
  depth: integer({ min: 3, max: 24, default: 6, doc: "Blocks of the models that are compared" }),
  stacks: numbers({ default: [2, 3], doc: "How often a trained base is stacked to that depth; each divides it" }),
  depths: numbers({ default: [1, 2, 3], doc: "Blocks of smaller monoliths" }),
  fits: integer({ min: 1, max: 24, default: 1, doc: "Blocks of the monolith that needs no more memory than growth; one of depths" }),
  steps: integer({ min: 6, max: 1_000_000, default: 250, doc: "Optimiser steps a stage; a monolith has those of all stages" }),
  width: integer({ min: 16, max: 4096, default: 128, doc: "Width of the models" }),
  specialities: words({ default: ["ru", "zh"], doc: "Languages with an expert of their own" }),
  expertBlocks: integer({ min: 1, max: 24, default: 4, doc: "Blocks of an expert" }),
  questions: words({ default: ["wordnet", "quiz"], doc: "Sets of multiple-choice questions (cambium data wordnet, cambium data quiz)" }),
  widening: words({ default: [], doc: "Ways to widen a narrow model half-way: net2net, bert2bert, ligo" }),
  rates: numbers({ default: [1.5e-3, 3e-3, 6e-3], doc: "Learning rates that are tried for each substrate" }),
}

export default graph("growing-transformer-study", { params }, (g, given) => {
  const { seeds, stages, depth, depths, stacks, fits, steps, width, specialities, expertBlocks, rates, questions, widening } = given
  const text = g.add("text", localisedText, { corpus: "libreoffice-help" })
  const { tokenizer } = g.add("tokenizer", ngramTokenizer, { size: 1024 }, { text: text.train })
  const { tokens } = g.add("tokens/train", encodeText, {}, { tokenizer, text: text.train })
  // A few dozen pages of each language, as far as a few hundred tokens.
  const sample = g.add("sample", localisedText, { corpus: "libreoffice-help", limit: 60_000 })
  const heldOut = g.add("tokens/held-out", encodeText, { limit: 24_576 }, { tokenizer, text: sample.heldOut }).tokens
  const dev = g.add("tokens/dev", encodeText, { limit: 8192 }, { tokenizer, text: sample.train }).tokens
  const probes = {
    induction: g.add("probe/induction", inductionProbe, {}, { tokens: heldOut }).probe,
    "key-value": g.add("probe/key-value", keyValueProbe, {}, { tokens: heldOut }).probe,
  }
  const asked = questions.map((set) => {
    const { questions: found } = g.add(`questions/${set}`, questionSet, { set: set as "wordnet", items: 512 })
    return [set, g.add(`options/${set}`, encodeQuestions, {}, { tokenizer, questions: found }).options] as const
  })
  const substratesOf = (h: Builder, salt: string, kinds: readonly SubstrateKind[]): Substrates =>
    Object.fromEntries(kinds.map((kind) => [kind, h.add(`substrate/${kind}`, glyphSubstrate, { kind, width }, { tokenizer }, { salt }).substrate]))
  const first = substratesOf(g, "tuning", substrateKinds)
  const tuned = tunedRates(g, first, { tokens, dev, steps, blocks: 3, width, rates })

  const narrow = widening.length === 0 ? undefined : g.add("substrate/narrow", glyphSubstrate, { width: width / 2 }, { tokenizer }).substrate
  const growth: GrowthShape = { stages, depth, steps, depths, stacks }
  const composition: CompositionShape = { specialities, blocks: expertBlocks, steps: (depth / 2) * steps, tuning: steps }
  const material: Material = { tokens, heldOut, dev, probes, questions: Object.fromEntries(asked), glyphs: substrateIn(first, "glyph"), rates: tuned, width }
  const found = g.map("run", Array.from({ length: seeds }, (_, seed) => ({ seed })), (h, { seed }): Found => {
    const bench = makeBench(h, material, `${seed}`)
    growthArms(bench, growth)
    if (narrow !== undefined) wideningArms(bench, narrow, widening, growth)
    substrateArms(bench, substratesOf(h, `${seed}`, substrateKinds.slice(1)), growth)
    compositionArms(bench, (locale) => h.add(`substrate/own-${locale}`, glyphSubstrate, { kind: "trainable", width }, { tokenizer }, { salt: `${seed}/${locale}` }).substrate, composition)
    return bench.found
  })

  judgeStudy(g, studyParts(growth, composition, { fits, questions, widening }), found)
  showStudy(g, found, growth, composition, widening)
})

/** Tables and curves for the report. */
const showStudy = (g: Builder, found: readonly Found[], { stages, depth, depths, stacks }: GrowthShape, { specialities }: CompositionShape, widening: readonly string[]): void => {
  const of = (names: readonly string[]) => names.flatMap((name) => found.flatMap((figures) => figures[name] ?? []))
  const table = (path: string, title: string, methods: readonly string[]) =>
    g.add(`table/${path}`, methodTable, { title, methods: [...methods] }, { observations: of(methods.map((name) => `bits/${name}`)) })
  const ways = ["logit-mean", "probability-mean", "posterior", "learned", "average", "expert-layers", "layer-swap"]
  const set = (name: string): readonly string[] => [...specialities.map((locale) => `${name}/expert-${locale}`), ...ways.map((way) => `${name}/${way}`)]
  table("composition", "Experts and their compositions, bits per character", [...set("frozen"), "frozen/finetuned", ...set("own"), "joint-1x", "joint-2x"])
  const monoliths = ["monolith", ...depths.map((blocks) => `monolith-${blocks}`), "monolith-of-equal-work"]
  table("growth", "Ways to grow, bits per character", [`grown-${depth}`, `zero-${depth}`, `lora-${depth}`, "thawed", ...stacks.map((times) => `stacked-${times}`), "longer", "head-only", ...monoliths])
  table("substrates", "Substrates, grown and as monoliths, bits per character", [`grown-${depth}`, "monolith", ...controls.flatMap((kind) => [`grown-${kind}-${depth}`, `monolith-${kind}`])])
  if (widening.length > 0) table("widening", "Ways to widen, before the second half of training and after it, bits per character", ["narrow", ...widening.flatMap((way) => [`begin-${way}`, `widened-${way}`]), "wide"])
  const sizes = Array.from({ length: stages }, (_, i) => i + 1)
  const curve = (path: string, figure: string) =>
    g.add(`curve/${path}`, curveOver, { x: "blocks", lines: ["grown"], sizes }, { observations: of(sizes.map((k) => `${figure}/grown-${k}`)) })
  curve("bits", "bits")
  curve("induction", "induction")
  curve("key-value", "key-value")
}

/** Under a minute, for tests: one seed, so nothing is decided. */
export const tiny = {
  seeds: 1,
  steps: 6,
  width: 16,
  stages: 3,
  depth: 3,
  depths: [1],
  fits: 1,
  stacks: [3],
  questions: [],
  widening: ["net2net", "bert2bert", "ligo"],
  expertBlocks: 1,
  rates: [3e-3],
  "text.corpus": "npm",
  "text.limit": 4000,
  "sample.corpus": "npm",
  "sample.limit": 3000,
  "tokenizer.size": 256,
  "tokens/held-out.limit": 256,
  "tokens/dev.limit": 128,
  "probe/*.items": 16,
  "probe/*.alphabet": 32,
  "probe/*.length": 6,
  "probe/*.pairs": 2,
  "*.context": 32,
  "*.batch": 2,
  "*.shortest": 16,
  "*.draws": 100,
}
