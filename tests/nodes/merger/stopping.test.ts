/** Merges that look at data, and what measures merges, stop soon when nobody wants them any more, and leave nothing open. */
import { afterAll, beforeAll, expect, it } from "vitest"
import { ndarray, type Device, type Kind } from "#src"
import { alignUnits, mendSpread } from "../../../nodes/merger/align.ts"
import { scoreAlone, tryNext } from "../../../nodes/merger/greedy-soup.ts"
import { asGramMatrices } from "../../../nodes/merger/gram-matrices.ts"
import { jointGrams } from "../../../nodes/merger/joint-grams.ts"
import { fisherInformation } from "../../../nodes/merger/fisher.ts"
import { learnedSoup, mergeAdamerging, mergeAtlas } from "../../../nodes/merger/learned-kinds.ts"
import { gramsOfLayers, seeExamples, seeLayer } from "../../../nodes/merger/layer-grams.ts"
import { gramsOfModelPart, seeBlock, seeText } from "../../../nodes/merger/residuals.ts"
import { answersOf, mergeByAnswers, temperHead } from "../../../nodes/merger/test-time-kinds.ts"
import { modelFisherInformation } from "../../../nodes/merger/text-fisher.ts"
import { gramsOfModel } from "../../../nodes/merger/text-grams.ts"
import { matrix } from "../../../nodes/merger/with-data/solve.ts"
import { weightName } from "../../../nodes/port/network.ts"
import { lossLandscape } from "../../../nodes/metric/loss-landscape.ts"
import { modeConnectivity } from "../../../nodes/metric/mode-connectivity.ts"
import { trainLevi } from "../../../nodes/trainer/levi.ts"
import { anyDevice } from "../../support/any-device.ts"
import { fakeContext } from "../fake-context.ts"
import { tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"
import { randomExamples, randomNetwork } from "./networks.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

// More than a batch of each, so that there is something left when the first is done.
const data = randomExamples(600, 4, 3, "data")
const [a, b, c] = ["a", "b", "c"].map((seed) => randomNetwork([4, 6, 5, 3], seed)) as [ReturnType<typeof randomNetwork>, ReturnType<typeof randomNetwork>, ReturnType<typeof randomNetwork>]
const models = [a, b]
const text = { models: ["a", "b"].map((seed) => tinyModel(seed)), substrate: tinySubstrate(), tokens: tinyTokens([60, 70, 60, 70]) }
const seen = asGramMatrices(new Map([4, 6, 5].map((width, l) => [weightName(l), matrix(width + 1, width + 1)])))
const said = { meta: {}, tensors: { logp: ndarray("f32", [600, 3], new Float32Array(1800)) } }
const residuals = { meta: {}, tensors: { stream: ndarray("f32", [18, 8, 16], new Float32Array(18 * 8 * 16)), lengths: ndarray("i32", [18], new Int32Array(18).fill(8)) } }
const part = { meta: { heads: 2 }, tensors: tinyModel("a").tensors }

const kinds = [
  [fisherInformation, { network: a, examples: data }],
  [gramsOfLayers, { network: a, examples: data }, { examples: 600 }],
  [seeExamples, { layout: { widths: [4, 6] }, examples: data }, { examples: 600 }],
  [seeLayer, { activations: { meta: {}, tensors: { input: ndarray("f32", [600, 4], new Float32Array(2400)) } }, layer: randomNetwork([4, 6], "layer") }],
  [modelFisherInformation, { ...text, model: text.models[0] }],
  [gramsOfModel, { ...text, model: text.models[0], layout: { context: 8 } }],
  [seeText, { ...text, layout: { context: 8, width: 16 } }],
  [seeBlock, { residuals, block: part }],
  [gramsOfModelPart, { residuals, part }],
  [alignUnits, { network: a, reference: b, examples: data }, { by: "activations" }],
  [jointGrams, { networks: models, examples: [data] }],
  [mendSpread, { network: c, ends: models, grams: [seen, seen], examples: [data] }],
  [answersOf, { network: a, examples: data }],
  [mergeByAnswers, { base: a, tuned: b, examples: [data], before: [said], after: [said] }],
  [temperHead, { network: a, examples: data }],
  [mergeAdamerging, { base: c, models, examples: [data] }],
  [mergeAtlas, { base: c, models, examples: [data] }],
  [learnedSoup, { models, validation: [data] }],
  [scoreAlone, { network: a, validation: data }],
  [tryNext, { soup: { accuracy: 0, taken: [0] }, models, validation: data }],
  [trainLevi, { base: a, examples: data }],
  [modeConnectivity, { a, b, examples: data }],
  [lossLandscape, { a, b, c, examples: data }],
] as unknown as readonly (readonly [kind: Kind, inputs: object, params?: object])[]

it.each(kinds.map(([kind, inputs, params]) => ({ id: kind.id, kind, inputs, params })))("[C1] $id does no more than the batch it is at", async ({ kind, inputs, params }) => {
  const stopped = new AbortController()
  const fake = fakeContext(device, { signal: stopped.signal, ran: () => stopped.abort() })
  const given = { ...Object.fromEntries(Object.entries(kind.params).map(([name, { default: value }]) => [name, value])), ...params }
  const work = async (): Promise<unknown> => kind.run(inputs as never, given as never, fake.context)
  await expect(work()).rejects.toThrow("This operation was aborted")
  expect([fake.runs.length, fake.open()]).toEqual([1, 0])
})
