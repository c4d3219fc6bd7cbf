/**
 * BANG (arXiv 2309.17230): a network is trained on upright digits, fine-tuned on digits turned by a quarter, and put half way between
 * before and after (WiSE-FT). BANG fine-tunes with label smoothing, Mixup or both, so that the fine-tuned one is less sure of itself. The
 * control is calibration alone: the plain fine-tuned network with the temperature of its last layer fitted. Measured on both domains.
 *
 * T3 (arXiv 2510.27265) chooses the place for each test example, or batch, by how far apart the two predict; as published, and normalised.
 *
 * Expected, before the first run: half way above both ends; BANG above plain WiSE-FT; BANG above the control, if it is more than
 * calibration; T3 above half way, as its authors report; normalised, with the whole range to choose from, above as published.
 * Added after T3's first results were seen, to find out what they come from: T3 above one fixed place in the middle of its range.
 */
import { subgraph, type Handle } from "#src"
import { accuracy, labelledImages, mergeWiseFt, temperHead, testTimeMerge, trainNetwork } from "#nodes"
import { alone, bySeed, moreAccurate, onImages } from "./parts/experiment.ts"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

const ways = { "wise": {}, "bang-smoothing": { smoothing: 0.1 }, "bang-mixup": { mixup: 0.4 }, "bang-both": { smoothing: 0.1, mixup: 0.4 } } as const

export const bang = subgraph({ params: onImages, inputs: {} }, (g, { seeds, corpus }) => {
  const [upright, turned] = [0, 1].map((turn) => g.add(`turned/${turn}`, labelledImages, { corpus, turn }))
  if (upright === undefined || turned === undefined) return []
  const tests = [upright.test, turned.test]
  const repetitions = bySeed(g, seeds, (h, salt) => {
    const { network: base } = h.add("base", trainNetwork, { steps: 300 }, { examples: upright.train }, { salt })
    const tune = (name: string, params: object): Networks => h.add(`tuned/${name}`, trainNetwork, { steps: 300, ...params }, { examples: turned.train, from: base }, { salt }).network
    const tuned = Object.entries(ways).map(([name, params]) => [name, tune(name, params)] as const)
    const plain = (tuned[0] as (typeof tuned)[number])[1]
    const tempered = h.add("temper", temperHead, {}, { network: plain, examples: turned.validation }).network
    const between = (name: string, models: Networks): Networks => h.add(`half/${name}`, mergeWiseFt, { alpha: 0.5 }, { base, models: [models] }).network
    const made: Readonly<Record<string, Networks>> = {
      "base": base,
      "tuned": plain,
      ...Object.fromEntries(tuned.map(([name, network]) => [name, between(name, network)])),
      "wise-tempered": between("tempered", tempered),
      // The middle of what T3's coefficients can be as published: what is left of T3 when it does not look at the example.
      "wise-as-t3": h.add("as-t3", mergeWiseFt, { alpha: 0.543 }, { base, models: [plain] }).network,
    }
    const t3 = (name: string, params: object) => [name, h.add(`accuracy/${name}`, testTimeMerge, params, { base, tuned: plain, examples: tests }).metric] as const
    return [
      ...Object.entries(made).map(([name, network]) => [name, h.add(`accuracy/${name}`, accuracy, {}, { networks: [network], examples: tests }).metric] as const),
      ["ensemble", h.add("accuracy/ensemble", accuracy, {}, { networks: [base, plain], examples: tests }).metric] as const,
      t3("t3", {}),
      t3("t3-batch", { per: "batch" }),
      t3("t3-normalised", { rule: "normalised" }),
    ]
  })
  return [{
    title: "Between a network and its fine-tuned one",
    figure: "accuracy",
    expected: [
      moreAccurate("wise", "base", "Half way is more accurate than the base"),
      moreAccurate("wise", "tuned", "Half way is more accurate than the fine-tuned one"),
      moreAccurate("bang-both", "wise", "BANG is more accurate than half way without it"),
      moreAccurate("bang-both", "wise-tempered", "BANG is more accurate than half way with a calibrated head"),
      moreAccurate("t3", "wise", "T3 is more accurate than half way"),
      moreAccurate("t3", "wise-as-t3", "T3 is more accurate than one place in the middle of its range"),
      moreAccurate("t3-normalised", "t3", "T3 normalised is more accurate than T3 as published"),
    ],
    repetitions,
  }]
})

export default alone("bang", bang)

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "*.train": 400, "*.test": 200, "*.validation": 100, "*.steps": 25, "*.hidden": [12], "*.bins": 4, "*.batch": 64 }
