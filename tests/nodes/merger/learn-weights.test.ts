/** Weights learned on some text are never worse than equal ones there. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must, type Device } from "#src"
import { composeWeighted } from "../../../nodes/merger/compose-weighted.ts"
import { emWeights } from "../../../nodes/merger/em-weights.ts"
import { learnWeights } from "../../../nodes/merger/learn-weights.ts"
import { newtonWeights } from "../../../nodes/merger/newton-weights.ts"
import { expertLogits } from "../../../nodes/model/expert-logits.ts"
import { logits, type Logits } from "../../../nodes/port/logits.ts"
import { scores } from "../../../nodes/port/scores.ts"
import { anyDevice } from "../../support/any-device.ts"
import { elementsOf, resultOf, streamOf } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { inElements, tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"

let device: Device
let experts: readonly (readonly Logits[])[]
beforeAll(async () => {
  device = await anyDevice()
  const say = async (seed: string) =>
    (await elementsOf(expertLogits.run({ model: tinyModel(seed), substrate: tinySubstrate(), tokens: inElements(tinyTokens([300, 320])) }, {}, fakeContext(device).context))).logits
  experts = [await say("a"), await say("b"), await say("c")]
})
afterAll(() => device.close())

type Rule = "logit-mean" | "probability-mean"

const learned = async (rule: Rule, iterations = 20, given = experts) =>
  (await resultOf(learnWeights.run({ experts: given.map(streamOf) }, { rule, iterations }, fakeContext(device).context))).weights
const lossWith = async (rule: Rule, weights: readonly number[]): Promise<number> => {
  const { tensors } = scores.join((await elementsOf(composeWeighted.run({ experts: experts.map(streamOf), weights: { weights } }, { rule }, fakeContext(device).context))).scores)
  const logp = must(tensors["logp"], "logp").data
  return -Array.from(logp).reduce((sum, x) => sum + x, 0) / logp.length
}
const uniform = [1 / 3, 1 / 3, 1 / 3]

describe("learned weights", () => {
  it.each(["logit-mean", "probability-mean"] as const)("%s: beat equal weights on the text they were learned on, and no neighbour beats them", async (rule) => {
    const { weights } = await learned(rule, 200)
    const best = await lossWith(rule, weights)
    expect(best).toBeLessThan((await lossWith(rule, uniform)) - 0.01)
    for (const j of [0, 1, 2]) for (const by of [-0.03, 0.03]) {
      const moved = weights.map((w, i) => Math.max(0, i === j ? w + by : rule === "logit-mean" ? w : w - by / 2))
      expect(await lossWith(rule, moved), `${j} by ${by}`).toBeGreaterThan(best - 1e-5)
    }
  })

  it("of a mixture are a distribution; of one expert the expert counts whole", async () => {
    const { weights } = await learned("probability-mean")
    expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 5)
    expect((await learned("probability-mean", 20, experts.slice(0, 1))).weights[0]).toBeCloseTo(1, 6)
  })

  it("are as many as the experts", async () => {
    await expect(lossWith("logit-mean", [0.5, 0.5])).rejects.toThrow("2 weights for 3 experts")
  })
})

describe("the two methods", () => {
  it("EM finds the shares of a mixture that made the text", () => {
    // Two coins: expert 1 always gives the first token, expert 2 the second; the text has three of four of the first.
    const first = Float32Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? -30 : 0))
    const second = first.map((x) => (x === 0 ? -30 : 0))
    expect(emWeights([first, second], 50)[0]).toBeCloseTo(0.75, 5)
  })

  it("Newton ends at the least of a parabola after one step, and stays where nothing is lower", async () => {
    let asked = 0
    const parabola = async ([x = 0, y = 0]: readonly number[]) => (asked++, {
      loss: (x - 2) ** 2 + 3 * (y + 1) ** 2, gradient: Float64Array.of(2 * (x - 2), 6 * (y + 1)), hessian: Float64Array.of(2, 0, 0, 6),
    })
    const found = await newtonWeights(parabola, [0, 0], 30)
    expect(found[0]).toBeCloseTo(2, 4)
    expect(found[1]).toBeCloseTo(-1, 4)
    expect(asked).toBeLessThan(60)
  })
})

it("joins logits that lie in chunks", () => {
  expect(must(logits.join(must(experts[0], "expert")).tensors["logp"], "logp").data.length).toBe(620)
})
