/**
 * The criteria of the study, written down before its first run: what is claimed of which figures, and where they must lie. Names are those
 * that arms leave their figures under ("bits/grown-3"). A claim of several parts holds if all do, unless `need` says any.
 */
import type { Claim, Criterion, Part } from "../parts/criterion.ts"
import type { CompositionShape } from "./composition.ts"
import type { GrowthShape } from "./growth.ts"

const range = (from: number, to: number): readonly number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
const bpc = "bits per character"

/** `a` has fewer bits than `b`. */
const fewer = (a: string, b: string, claim: string, groups: readonly string[] = []): Claim => ({ claim, numerator: { [`bits/${a}`]: 1, [`bits/${b}`]: -1 }, bounds: { below: 0 }, groups, unit: bpc })
/** `a` over `b`, less 1. */
const gap = (a: string, b: string, claim: string, bounds: Claim["bounds"]): Claim => ({ claim, numerator: { [`bits/${a}`]: 1, [`bits/${b}`]: -1 }, denominator: { [`bits/${b}`]: 1 }, bounds })
const counted = (numerator: Claim["numerator"], claim: string, bounds: Claim["bounds"], denominator: Claim["numerator"] = {}): Claim => ({ claim, numerator, denominator, bounds, exact: true })

const substrate: Part = {
  title: "A. Substrate",
  criteria: {
    1: {
      claim: "The glyphs are a frozen matrix of unit rows, one a token",
      of: [
        counted({ "norm error/glyph": 1 }, "Every row is of unit length, to 1e-6", { below: 1e-6 }),
        counted({ "tokens that share a row/glyph": 1 }, "No token looks like another and shares its row (the report lists those that do)", { below: 0.5 }),
      ],
    },
    2: {
      claim: "Glyphs are within 5 % of a trainable embedding at equal tokens, each at its best learning rate",
      of: [gap("monolith", "monolith-trainable", "Glyphs over trainable, less 1", { above: -0.05, below: 0.05 })],
    },
  },
}

const composition = ({ specialities }: CompositionShape): Part => {
  const languages = specialities.filter((locale) => locale !== "en")
  const expert = (locale: string, set = "frozen"): string => `${set}/expert-${locale}`
  const meanExpert = (set: string, by: number): Readonly<Record<string, number>> => Object.fromEntries(specialities.map((locale) => [`bits/${expert(locale, set)}`, by / specialities.length]))
  /** How much more merged models lose to their experts on frozen glyphs than on embeddings of their own. */
  const against = (way: string): Claim => ({
    claim: `${way}: less is lost to the experts' mean on frozen glyphs than on their own embeddings`,
    numerator: { [`bits/frozen/${way}`]: 1, ...meanExpert("frozen", -1), [`bits/own/${way}`]: -1, ...meanExpert("own", 1) },
    bounds: { below: 0 },
    unit: bpc,
  })
  return {
    title: "B. Modular composition",
    criteria: {
      3: {
        claim: "Composed experts are as good as one model of the same size as all of them, trained on all languages with the same tokens",
        of: [fewer("frozen/logit-mean", "joint-1x", "Mean of logits, against a joint model of one expert's size"), fewer("frozen/logit-mean", "joint-2x", "Mean of logits, against a joint model of twice the size")],
      },
      4: {
        claim: "The inequalities of composition hold on every token",
        of: ["frozen", "own"].flatMap((set) => [
          counted({ [`above mean/${set}/logit-mean`]: 1 }, `${set}: mean of logits above the mean of losses`, { below: 0.5 }),
          counted({ [`above least/${set}/probability-mean`]: 1 }, `${set}: mean of probabilities above the least loss plus ln of the experts`, { below: 0.5 }),
        ]),
      },
      5: {
        claim: "The mean of logits beats every expert on the balanced mix and on English, and forgets at most a quarter of what a specialist has",
        of: [
          ...specialities.map((locale) => fewer("frozen/logit-mean", expert(locale), `On the mix, against the ${locale} expert`)),
          ...specialities.map((locale) => fewer("frozen/logit-mean", expert(locale), `On English, against the ${locale} expert`, ["en"])),
          ...languages.flatMap((locale) =>
            specialities.filter((other) => other !== locale).slice(0, 1).map((other): Claim => ({
              claim: `On ${locale}: what is lost to its expert, of the way to the ${other} expert`,
              numerator: { "bits/frozen/logit-mean": 1, [`bits/${expert(locale)}`]: -1 },
              denominator: { [`bits/${expert(other)}`]: 1, [`bits/${expert(locale)}`]: -1 },
              bounds: { below: 0.25 },
              groups: [locale],
            })),
          ),
        ],
      },
      6: {
        claim: "The posterior loses at most 0.01 bits per character to the matching expert on documents of 128 tokens and more",
        of: languages.map((locale): Claim => ({ claim: `On ${locale}`, numerator: { "long/frozen/posterior": 1, [`long/${expert(locale)}`]: -1 }, bounds: { below: 0.01 }, groups: [locale], unit: bpc })),
      },
      7: {
        claim: "The composed model starts within 5 % of its experts' mean loss, and fine-tuning of its output layers improves it",
        of: [
          { claim: "Composed, before any fine-tuning, over the mean of the experts", numerator: { "bits/frozen/logit-mean": 1 }, denominator: meanExpert("frozen", 1), bounds: { below: 1.05 } },
          fewer("frozen/finetuned", "frozen/logit-mean", "After fine-tuning, against before"),
        ],
      },
      8: {
        claim: "A shared frozen substrate helps composition and merging: less is lost than with an embedding of each expert's own",
        of: ["logit-mean", "average", "expert-layers", "layer-swap"].map(against),
      },
    },
  }
}

const growth = ({ stages, depth, stacks }: GrowthShape, { fits, widening }: Options): Part => ({
  title: "C. Layer-wise growth",
  criteria: {
    9: { claim: "Every stage lowers the loss", of: range(2, stages).map((k) => fewer(`grown-${k}`, `grown-${k - 1}`, `Stage ${k} against the one before`)) },
    10: {
      claim: "A random block raises the loss where it is added, which is made good within a tenth of the stage; a block of zeros changes nothing there",
      of: [
        ...range(2, stages).map((k): Claim => ({ claim: `Jump at stage ${k}`, numerator: { [`bits/begin-random-${k}`]: 1, [`bits/grown-${k - 1}`]: -1 }, bounds: { above: 0 }, unit: bpc })),
        ...range(2, stages).map((k): Claim => ({ claim: `Share of stage ${k} until it is made good`, numerator: { [`share/grown-${k}`]: 1 }, bounds: { below: 0.1 } })),
        ...range(2, stages).map((k): Claim => ({ ...counted({ [`bits/begin-zero-${k}`]: 1, [`bits/grown-${k - 1}`]: -1 }, `Zeros at stage ${k}`, { above: -1e-5, below: 1e-5 }), unit: bpc })),
        gap(`grown-${depth}`, `zero-${depth}`, "In the end, random blocks over zero ones, less 1", { above: -0.01, below: 0.01 }),
      ],
    },
    11: { claim: "No weight of an old block changes in a stage", of: range(2, stages).map((k) => counted({ [`changed/grown-${k}`]: 1 }, `Stage ${k}: weights that changed`, { below: 0.5 })) },
    12: {
      claim: "It is depth that helps, not more training",
      of: [fewer(`grown-${depth}`, "longer", "Against training the first block and the head for as many tokens"), fewer(`grown-${depth}`, "head-only", "Against training the head alone")],
    },
    13: {
      claim: "Growth is within 10 % of a monolith at equal tokens, or better than the monolith that its memory holds",
      need: "any",
      of: [
        gap(`grown-${depth}`, "monolith", "Equal tokens: grown over monolith, less 1", { below: 0.1 }),
        {
          claim: "Equal memory",
          of: [
            counted({ [`peak bytes/monolith-${fits}`]: 1, [`peak bytes/grown-${depth}`]: -1 }, `A monolith of ${fits} blocks needs no more memory`, { below: 1 }),
            fewer(`grown-${depth}`, `monolith-${fits}`, `Grown against a monolith of ${fits} blocks`),
          ],
        },
      ],
    },
    "13b": { claim: "Growth is within 10 % of a monolith at equal operations", of: [gap(`grown-${depth}`, "monolith-of-equal-work", "Grown over monolith, less 1", { below: 0.1 })] },
    14: {
      claim: "Adapters in the last two stages close a fifth of the gap to the monolith, and merging them changes no logit by 1e-4",
      of: [
        { claim: "Share of the gap that is closed", numerator: { [`bits/grown-${depth}`]: 1, [`bits/lora-${depth}`]: -1 }, denominator: { [`bits/grown-${depth}`]: 1, "bits/monolith": -1 }, bounds: { above: 0.2 } },
        counted({ [`merge error/lora-${depth}`]: 1 }, "Largest difference of logits, merged against unmerged", { below: 1e-4 }),
      ],
    },
    15: {
      claim: "Freezing costs nothing against stacking and against unfreezing at the end, at equal tokens",
      of: [...stacks.map((times) => fewer(`grown-${depth}`, `stacked-${times}`, `Against stacks of ${times}`)), fewer(`grown-${depth}`, "thawed", "Against training everything in the last stage")],
    },
    ...(widening.length === 0 ? {} : {
      "15b": {
        claim: "A model that is widened half-way is within 2 % of one that was wide from the start, at equal tokens",
        of: widening.map((way) => gap(`widened-${way}`, "wide", `${way}: widened over wide, less 1`, { below: 0.02 })),
      },
    }),
    16: {
      claim: "On each substrate growth is within 10 % of the monolith at equal tokens",
      of: [
        gap(`grown-${depth}`, "monolith", "Glyphs", { below: 0.1 }),
        ...["random", "binary", "binary16", "trainable", "frozen-later"].map((kind) => gap(`grown-${kind}-${depth}`, `monolith-${kind}`, kind, { below: 0.1 })),
      ],
    },
  },
})

const resources = ({ stages, depth }: GrowthShape): Part => ({
  title: "D. Resources",
  criteria: {
    17: {
      claim: "What trains is of one size in every stage, and smaller than a monolith",
      of: [
        ...range(2, stages).map((k) => counted({ [`active params/grown-${k}`]: 1 }, `Stage ${k} over the first`, { above: 0.95, below: 1.05 }, { "active params/grown-1": 1 })),
        counted({ [`active params/grown-${depth}`]: 1 }, "Over a monolith", { below: 1 }, { "active params/monolith": 1 }),
      ],
    },
    18: {
      claim: "Gradients and moments take 12 bytes for each number that trains; memory beside weights stays flat with depth, where a monolith's grows",
      of: [
        ...range(1, stages).map((k) => counted({ [`state bytes/grown-${k}`]: 1 }, `Stage ${k}: bytes over 12 a number`, { above: 0.98, below: 1.02 }, { [`active params/grown-${k}`]: 12 })),
        ...range(2, stages).map((k) => counted({ [`work bytes/grown-${k}`]: 1 }, `Stage ${k}: memory beside weights, over the second stage's`, { above: 0.9, below: 1.1 }, { "work bytes/grown-2": 1 })),
        counted({ "work bytes/monolith": 1 }, "A monolith's, over that of one block", { above: 2 }, { "work bytes/monolith-1": 1 }),
      ],
    },
  },
})

const emergence = ({ stages, depth, depths }: GrowthShape, questions: readonly string[]): Part => {
  const ways = [["grown", range(1, stages).map((k) => [k, `grown-${k}`] as const)], ["monolith", [...depths.map((k) => [k, `monolith-${k}`] as const), [depth, "monolith"] as const]]] as const
  const overChance = (probe: string, name: string, claim: string, bounds: Claim["bounds"]): Claim => ({ claim, numerator: { [`${probe}/${name}`]: 1, chance: -1 }, bounds, unit: "share of answers" })
  return {
    title: "E. Emergence with depth",
    criteria: {
      19: {
        claim: "One block answers the probes no better than a guess; from some depth on they are answered, 10 points above it",
        of: ["induction", "key-value"].flatMap((probe) =>
          ways.flatMap(([way, models]): readonly (Claim | Criterion)[] => [
            overChance(probe, `${way}-1`, `${probe}, ${way}: one block above chance`, { below: 0.05 }),
            { claim: `${probe}, ${way}: deeper models`, need: "any", of: models.filter(([blocks]) => blocks > 1).map(([blocks, name]) => overChance(probe, name, `${probe}, ${way}: ${blocks} blocks above chance`, { above: 0.1 })) },
          ]),
        ),
      },
      ...(questions.length === 0 ? {} : {
        20: {
          claim: "Multiple-choice questions, answered by the likelihood of options, are answered better than by a guess",
          of: questions.flatMap((set) => [`grown-${depth}`, "monolith"].map((name) => overChance(set, name, `${set}, ${name}: above chance`, { above: 0 }))),
        },
      }),
    },
  }
}

/** What a study may have, or not. */
export interface Options {
  /** Blocks of the monolith that needs no more memory than growth. */
  readonly fits: number
  readonly questions: readonly string[]
  readonly widening: readonly string[]
}

export const studyParts = (growthShape: GrowthShape, compositionShape: CompositionShape, options: Options): readonly Part[] => [
  substrate, composition(compositionShape), growth(growthShape, options), resources(growthShape), emergence(growthShape, options.questions),
]
