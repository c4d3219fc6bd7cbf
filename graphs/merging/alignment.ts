/**
 * Two networks that never met: same data, same shape, other first weights. Averaged as they are, they are worth little; with hidden units
 * brought into one order first, more; and the spread of activations mended (REPAIR), most.
 *
 * Expected, before the first run: the barrier after alignment (Git Re-Basin) is below that before; PLeaS above Git Re-Basin at equal size;
 * REPAIR above alignment alone; the plain average worst.
 */
import { subgraph, type Handle } from "#src"
import { accuracy, alignUnits, labelledImages, lossLandscape, mergeLinear, mergePleas, mergeVarianceCorrected, mergeZip, modeConnectivity, repair, trainNetwork } from "#nodes"
import { alone, bySeed, lowerBarrier, moreAccurate, onImages } from "./parts/experiment.ts"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

export const alignment = subgraph({ params: onImages, inputs: {} }, (g, { seeds, corpus }) => {
  const { train, test } = g.add("images", labelledImages, { corpus, test: 5000 })
  const repetitions = bySeed(g, seeds, (h, salt) => {
    const [a, b] = ["a", "b"].map((name) => h.add(name, trainNetwork, { steps: 500, weightDecay: 0.05 }, { examples: train }, { salt: `${salt}/${name}` }).network) as [Networks, Networks]
    const aligned = h.add("rebasin", alignUnits, {}, { network: b, reference: a }).network
    const alike = h.add("by-activations", alignUnits, { by: "activations" }, { network: b, reference: a, examples: train }).network
    const average = (name: string, other: Networks): Networks => h.add(name, mergeLinear, {}, { models: [a, other] }).network
    const both = [a, b]
    const merged: Readonly<Record<string, readonly Networks[]>> = {
      "first": [a],
      "second": [b],
      "ensemble": both,
      "average": [average("average", b)],
      "average-corrected": [h.add("average-corrected", mergeVarianceCorrected, {}, { models: both }).network],
      "rebasin": [average("average-aligned", aligned)],
      "rebasin-repair": [h.add("average-repaired", repair, {}, { network: average("average-aligned-again", aligned), ends: [a, aligned], examples: [train] }).network],
      "activations": [average("average-alike", alike)],
      "zip": [h.add("zip", mergeZip, {}, { networks: both, examples: [train] }).network],
      "pleas-unfitted": [h.add("pleas-unfitted", mergePleas, { fit: false }, { networks: both, examples: [train] }).network],
      "pleas": [h.add("pleas", mergePleas, { examples: 4096 }, { networks: both, examples: [train] }).network],
      "pleas-half": [h.add("pleas-half", mergePleas, { separate: 0.5, examples: 4096 }, { networks: both, examples: [train] }).network],
    }
    const barriers = { "barrier-plain": b, "barrier-aligned": aligned }
    if (salt === "0") h.add("landscape", lossLandscape, { points: 9 }, { a, b, c: aligned, examples: test })
    return {
      methods: Object.entries(merged).map(([name, networks]) => [name, h.add(`accuracy/${name}`, accuracy, {}, { networks: [...networks], examples: [test] }).metric] as const),
      barriers: Object.entries(barriers).map(([name, other]) => [name, h.add(name, modeConnectivity, {}, { a, b: other, examples: test }).metric] as const),
    }
  })
  return [
    {
      title: "Two networks of different origin, merged",
      figure: "accuracy",
      expected: [
        moreAccurate("rebasin", "average", "Git Re-Basin is more accurate than the plain average"),
        moreAccurate("rebasin-repair", "rebasin", "REPAIR is more accurate than alignment alone"),
        moreAccurate("pleas", "rebasin", "PLeaS is more accurate than Git Re-Basin at equal size"),
        moreAccurate("pleas-half", "pleas", "PLeaS half as wide again is more accurate than at equal size"),
      ],
      repetitions: repetitions.map(({ methods }) => methods),
    },
    {
      title: "Barrier on the straight line",
      figure: "loss",
      expected: [lowerBarrier("barrier-aligned", "barrier-plain", "The barrier after alignment is below the one before")],
      repetitions: repetitions.map(({ barriers }) => barriers),
    },
  ]
})

export default alone("alignment", alignment)

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "*.train": 400, "*.test": 200, "*.validation": 50, "*.steps": 25, "*.hidden": [12], "*.examples": 100, "*.points": 3 }
