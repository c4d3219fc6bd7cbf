import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Device } from "#src"
import { fisher } from "../../../../nodes/merger/data-free/fisher.ts"
import { fisherInformation, type FisherRule } from "../../../../nodes/merger/with-data/fisher-information.ts"
import { biasName, weightName } from "../../../../nodes/port/network.ts"
import { anyDevice } from "../../../support/any-device.ts"
import { answers, examplesOf, networkOf, randomExamples, randomNetwork } from "../networks.ts"
import { close, merge, tensor } from "../merging.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

describe("fisher", () => {
  const run = (models: readonly number[][], information: readonly number[][], given: object = {}) =>
    merge(fisher, models, { companions: information.map((values) => ({ fisher: { w: tensor(values) } })), ...given })
  it("averages by information, each model's divided by its length or not", () => {
    expect(run([[1], [3]], [[1], [3]], { params: { normalize: false } })).toEqual([2.5])
    expect(run([[1], [3]], [[1], [3]])).toEqual([2])
  })
  it("keeps the target where no model has information, by its floor; without one the mean", () => {
    const none = [[0, 1], [0, 1]]
    expect(run([[1, 1], [3, 3]], none, { each: [{ floor: 1e-6 }, { floor: 0 }] })).toEqual([1, close([2])[0]])
    expect(run([[1, 1], [3, 3]], none)).toEqual([2, 2])
  })
  it("raises information to its floor before it is divided by its length, as the authors do", () => {
    // Of element 0: 1 / 4 of the target, 3 / 5 of the other.
    expect(run([[1, 1], [3, 3]], [[0, 4], [3, 4]], { each: [{ floor: 1 }, { floor: 0 }] })[0]).toEqual(close([(0.25 * 1 + 0.6 * 3) / 0.85])[0])
  })
})

describe("fisherInformation", () => {
  /** Logits (0, theta x), as in the published vectors: information at theta is mean x^2 p (1 - p). */
  const at = async (rule: FisherRule, theta: number, count: number, rows = count) => {
    const found = await fisherInformation(device, rule, networkOf({ weight: [[0, theta]] }), examplesOf(Array.from({ length: count }, () => [255]), new Array<number>(count).fill(0)), rows)
    return found[weightName(0)]!.data[1] as number
  }
  it.each([[0, 1, 0.25], [1, 1, 0.196612], [1, 2, 0.196612], [3, 1, 0.045177]])("finding 7: exact at %d with %d examples is %d", async (theta, count, wanted) => {
    expect(await at("exact", theta, count)).toBeCloseTo(wanted, 5)
  })
  it.each([[0, 1, 0], [1, 1, 0.022253], [1, 2, 0.044506], [3, 1, 0.025972]])("finding 7: mergelm at %d with %d examples is %d, another quantity", async (theta, count, wanted) => {
    expect(await at("mergelm", theta, count)).toBeCloseTo(wanted, 5)
  })
  it("exact does not depend on batches; mergelm does", async () => {
    expect(await at("exact", 1, 6, 6)).toBeCloseTo(await at("exact", 1, 6, 4), 6)
    expect(Math.abs((await at("mergelm", 1, 6, 6)) - (await at("mergelm", 1, 6, 2)))).toBeGreaterThan(0.01)
  })
  it("is the mean square of each example's and class's own slope, by finite differences, in every layer", async () => {
    const [net, data] = [randomNetwork([3, 4, 3], "fisher"), randomExamples(5, 3, 3, "examples")]
    const found = await fisherInformation(device, "exact", net, data, 2)
    const logp = (of: typeof net) => answers(of, data).map((z) => {
      const all = Math.log(z.reduce((sum, x) => sum + Math.exp(x), 0))
      return z.map((x) => x - all)
    })
    const now = logp(net)
    for (const [name, k] of [[weightName(0), 5], [biasName(0), 2], [weightName(1), 7], [biasName(1), 1]] as const) {
      const moved = (by: number) => {
        const values = Float32Array.from(net.tensors[name]!.data as Float32Array)
        values[k]! += by
        return { by: values[k]! - (net.tensors[name]!.data[k] as number), logp: logp({ meta: net.meta, tensors: { ...net.tensors, [name]: { ...net.tensors[name]!, data: values } } }) }
      }
      const [up, down] = [moved(2 ** -10), moved(-(2 ** -10))]
      const wanted = now.reduce((sum, row, n) => sum + row.reduce((s, lp, y) => s + Math.exp(lp) * ((up.logp[n]![y]! - down.logp[n]![y]!) / (up.by - down.by)) ** 2, 0), 0) / 5
      expect(found[name]!.data[k]).toBeCloseTo(wanted, 4)
    }
  })
})
