/** Fine-tuning of two experts whose logits are averaged. */
import { afterAll, beforeAll, expect, it } from "vitest"
import { contentHash, must, type Device } from "#src"
import { compose } from "../../../nodes/merger/compose.ts"
import { expertLogits } from "../../../nodes/model/expert-logits.ts"
import type { Model } from "../../../nodes/port/model.ts"
import { scores } from "../../../nodes/port/scores.ts"
import { finetuneComposed } from "../../../nodes/trainer/finetune-composed.ts"
import { anyDevice } from "../../support/any-device.ts"
import { elementsOf, resultOf, streamOf } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { inElements, tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"

const tokens = tinyTokens([60, 70])
const params = { locales: [], context: 8, batch: 4, steps: 30, lr: 0.02, warmup: 2, weightDecay: 0, clip: 1 }

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const tune = (first: Model, second: Model, steps = params.steps) =>
  resultOf(finetuneComposed.run({ first, second, substrate: tinySubstrate(), tokens }, { ...params, steps }, fakeContext(device).context))
const lossOf = async (models: readonly Model[]): Promise<number> => {
  const said = await Promise.all(models.map(async (model) => (await elementsOf(expertLogits.run({ model, substrate: tinySubstrate(), tokens: inElements(tokens) }, {}, fakeContext(device).context))).logits))
  const { tensors } = scores.join((await elementsOf(compose.run({ experts: said.map(streamOf) }, { rule: "logit-mean", weight: 0.5 }, fakeContext(device).context))).scores)
  const logp = must(tensors["logp"], "logp").data
  return -Array.from(logp).reduce((sum, x) => sum + x, 0) / logp.length
}

it("moves the output layers of both experts, and nothing else, and lowers the loss of their mean", async () => {
  const [a, b] = [tinyModel("a"), tinyModel("b", { blocks: 2 })]
  const { first, second, curve } = await tune(a, b)
  for (const [before, after] of [[a, first], [b, second]] as const) {
    const moved = Object.keys(before.tensors).filter((name) => contentHash(must(before.tensors[name], name)) !== contentHash(must(after.tensors[name], name)))
    expect(moved.sort()).toEqual(["head/bias", "head/weight"])
    expect(after.meta.stages.at(-1)).toMatchObject({ blocks: 0, steps: 30, tokens: 30 * 4 * 8 })
  }
  expect(await lossOf([first, second])).toBeLessThan((await lossOf([a, b])) - 0.1)
  expect(curve.series[0]?.points.length).toBe(6)
})

it("starts where the composition is", async () => {
  const [a, b] = [tinyModel("a"), tinyModel("b")]
  const { first, second } = await tune(a, b, 0)
  expect(first.tensors["head/weight"]).toEqual(a.tensors["head/weight"])
  expect(second.tensors["head/bias"]).toEqual(b.tensors["head/bias"])
})
