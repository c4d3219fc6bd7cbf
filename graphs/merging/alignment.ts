/**
 * Two networks that never met: same data, same shape, other first weights. Averaged as they are, they are worth little; with hidden units
 * brought into one order first, more; and the spread of activations mended (REPAIR), most.
 *
 * Expected, before the first run: the barrier after alignment (Git Re-Basin) is below that before; PLeaS above Git Re-Basin at equal size;
 * REPAIR above alignment alone; the plain average worst.
 */
import { graph, integer, type Handle } from "#src"
import { accuracy, alignUnits, compareMethods, labelledImages, lossLandscape, mergeLinear, mergePleas, mergeVarianceCorrected, mergeZip, modeConnectivity, repair, trainNetwork } from "#nodes"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

export default graph("alignment", { params: { seeds: integer({ min: 1, max: 20, default: 5, doc: "Repetitions" }) } }, (g, { seeds }) => {
  const { train, test } = g.add("images", labelledImages, { test: 5000 })
  const repetitions = g.map("seed", Array.from({ length: seeds }, (_, seed) => ({ seed })), (h, { seed }) => {
    const [a, b] = ["a", "b"].map((name) => h.add(name, trainNetwork, { steps: 500, weightDecay: 0.05 }, { examples: train }, { salt: `${seed}/${name}` }).network) as [Networks, Networks]
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
    if (seed === 0) h.add("landscape", lossLandscape, { points: 9 }, { a, b, c: aligned, examples: test })
    return {
      methods: Object.entries(merged).map(([name, networks]) => [name, h.add(`accuracy/${name}`, accuracy, {}, { networks: [...networks], examples: [test] }).metric] as const),
      barriers: Object.entries(barriers).map(([name, other]) => [name, h.add(name, modeConnectivity, {}, { a, b: other, examples: test }).metric] as const),
    }
  })
  type Measured = (typeof repetitions)[number]["methods"]
  const inOrder = (of: readonly Measured[]) => (of[0] ?? []).flatMap((_, i) => of.map((one) => (one[i] as Measured[number])[1]))
  const names = (of: readonly Measured[]): readonly string[] => (of[0] ?? []).map(([name]) => name)
  const [methods, barriers] = [repetitions.map((of) => of.methods), repetitions.map((of) => of.barriers)]
  g.add("methods", compareMethods, {
    methods: names(methods), title: "Two networks of different origin, merged",
    claims: [{ better: "rebasin", worse: "average" }, { better: "rebasin-repair", worse: "rebasin" }, { better: "pleas", worse: "rebasin" }, { better: "pleas-half", worse: "pleas" }],
  }, { metrics: inOrder(methods) })
  g.add("barriers", compareMethods, { methods: names(barriers), figure: "loss", lower: true, title: "Barrier on the straight line", claims: [{ better: "barrier-aligned", worse: "barrier-plain" }] }, { metrics: inOrder(barriers) })
})

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "*.train": 400, "*.test": 200, "*.validation": 50, "*.steps": 25, "*.hidden": [12], "*.examples": 100, "*.points": 3 }
