/** The greedy soup by nodes: who is taken in, and what is scored and tried again when something changes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { memoryStore, systemClock, type Device, type Kind } from "#src"
import { greedySoup, mixSoup } from "../../../../nodes/merger/greedy-soup.ts"
import type { Network } from "../../../../nodes/port/network.ts"
import { anyDevice } from "../../../support/any-device.ts"
import { fakeContext } from "../../fake-context.ts"
import { close } from "../merging.ts"
import { examplesOf, networkOf, randomExamples, randomNetwork } from "../networks.ts"
import { settledMerge } from "../settled-merge.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

/** By how much the second class is ahead, for either input. */
const ahead = (first: number, second: number): Network => networkOf({ weight: [[0, first], [0, second]] })
// A is right on the first, B on the second, C on none; A and B together on both.
const [a, b, c] = [ahead(-3, -1), ahead(1, 3), ahead(1, -1)]
const validation = examplesOf([[255, 0], [255, 0], [255, 0], [0, 255], [0, 255]], [0, 0, 0, 1, 1])
const soup = (models: readonly Network[], params: object = {}, store = memoryStore(systemClock), data = validation) =>
  settledMerge(device, greedySoup as unknown as Kind, { models, validation: data }, params, store)
const weightsOf = (value: unknown): readonly number[] => [...((value as Network).tensors["layers/0/weight"]?.data ?? [])] as number[]
const scores = ["score/0", "score/1", "score/2"]

describe("a greedy soup", () => {
  it("is the mean of the models that help: of the published vector, mean(A, B)", async () => {
    expect((await soup([c, b, a])).value).toEqual(ahead(-1, 1))
    // With C the soup is right as often: no worse, and no better.
    expect(weightsOf((await soup([c, b, a], { accept: ">=" })).value)).toEqual(close([0, -1 / 3, 0, 1 / 3]))
  })

  it("begins, of equal models, with the one listed first", async () => {
    const twice = ahead(-6, -2)
    expect((await soup([a, twice])).value).toEqual(a)
    expect((await soup([twice, a])).value).toEqual(twice)
  })

  it("[M6] tries again from the first rank that changed, and scores what is new alone", async () => {
    const store = memoryStore(systemClock)
    expect((await soup([c, b, a], {}, store)).ran).toEqual([...scores, "soup/mix", "soup/trial/1", "soup/trial/2"])
    expect((await soup([c, b, a], { accept: ">=" }, store)).ran).toEqual(["soup/mix", "soup/trial/1", "soup/trial/2"])
    // The worst becomes another one.
    const other = ahead(2, -3)
    const now = await soup([other, b, a], {}, store)
    expect(now.ran).toEqual(["score/0", "soup/mix", "soup/trial/2"])
    expect(now.hash).toBe((await soup([other, b, a])).hash)
    // Another order of the models: nothing is scored, and the ranks are the same.
    const turned = await soup([a, c, b], {}, store)
    expect(turned.ran).toEqual(["soup/mix"])
    expect(turned.value).toEqual(ahead(-1, 1))
  })

  it("of one is that model, and never scores below its best", async () => {
    const [data, models] = [randomExamples(40, 4, 3, "data"), ["a", "b"].map((seed) => randomNetwork([4, 6, 3], seed))]
    const one = await soup([models[0]!], {}, undefined, data)
    expect([one.value, one.ran]).toEqual([models[0], ["score/0", "soup/mix"]])
  })

  it("tells which share each model has, in the order in which they are listed", () => {
    const alone = (accuracy: number) => ({ accuracy, taken: [0] })
    const { coefficients } = mixSoup.run({ soup: { accuracy: 1, taken: [0, 2] }, models: [c, b, a], scores: [alone(0.1), alone(0.2), alone(0.9)] }, {}, fakeContext(device).context) as { readonly coefficients: { readonly rows: unknown } }
    expect(coefficients.rows).toEqual([["1", 0.5], ["2", 0], ["3", 0.5]])
  })

  it("[M8] chooses by no test examples: those are kept for measuring; models of other widths are told", async () => {
    const refused = await soup([a, b], {}, undefined, { ...validation, meta: { ...validation.meta, part: "test" } })
    expect([refused.hash, refused.messages.join()]).toEqual([undefined, expect.stringContaining("expected examples of training or validation to choose by, got test examples")])
    const wide = await soup([randomNetwork([2, 3, 2], "wide"), a])
    expect(wide.messages.join()).toMatch(/expected networks of the same widths, got (2 x 3 x 2 and, of number 2, 2 x 2|2 x 2 and, of number 2, 2 x 3 x 2)/)
  })
})
