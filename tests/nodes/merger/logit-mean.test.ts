/** The mean of logits on numbers written by hand (arXiv 2507.07129v1, section 3.1). */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ndarray, random, type Device } from "#src"
import { logitMeanProgram } from "../../../nodes/merger/logit-mean.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

/** Log-probabilities of the targets, a row each; the experts count alike. */
const mean = async (experts: readonly ArrayLike<number>[], targets: readonly number[]): Promise<readonly number[]> => {
  const [rows, vocabulary, weight] = [targets.length, experts[0]!.length / targets.length, ndarray("f32", [], Float32Array.of(1 / experts.length))]
  const given = experts.flatMap((values, j) => [[`logits/${j}`, ndarray("f32", [rows, vocabulary], Float32Array.from(values))], [`weight/${j}`, weight]] as const)
  const { logp } = await runOnce(device, logitMeanProgram(experts.length, rows, vocabulary), { ...Object.fromEntries(given), target: ndarray("i32", [rows], Int32Array.from(targets)) })
  return [...(logp!.data as Float32Array)]
}

describe("the mean of logits", () => {
  it("of (2, 0) and (0, 4) is (1, 2): 0.2689 and 0.7311", async () => {
    const logp = await mean([[2, 0, 2, 0], [0, 4, 0, 4]], [0, 1])
    expect(logp.map(Math.exp)).toEqual([expect.closeTo(1 / (1 + Math.E), 5), expect.closeTo(Math.E / (1 + Math.E), 5)])
  })

  it("does not see a number added to all logits of one expert", async () => {
    const [plain, moved] = [await mean([[2, 0, 1], [0, 4, -1]], [1]), await mean([[2, 0, 1], [7, 11, 6]], [1])]
    expect(moved[0]).toBeCloseTo(plain[0]!, 5)
  })

  it("loses at most the mean loss of the experts, on each of 10,000 random rows", async () => {
    const [rows, vocabulary] = [10_000, 4]
    const [a, b] = ["a", "b"].map((id) => random(id).normals(rows * vocabulary).map((x) => 3 * x)) as [Float32Array, Float32Array]
    const targets = Array.from({ length: rows }, (_, i) => i % vocabulary)
    const [mixed, first, second] = [await mean([a, b], targets), await mean([a], targets), await mean([b], targets)]
    expect(mixed.filter((logp, i) => logp < (first[i]! + second[i]!) / 2 - 1e-5).length).toBe(0)
    // The bound is not kept for want of any difference.
    expect(mixed.filter((logp, i) => logp > (first[i]! + second[i]!) / 2 + 0.1).length).toBeGreaterThan(rows / 2)
  })
})
