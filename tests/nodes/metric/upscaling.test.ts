import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ndarray, type Device, type Tensors } from "#src"
import { upscaling } from "#nodes"
import { anyDevice } from "../../support/any-device.ts"
import { runContext } from "../dataset/run-context.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

/** Three pictures of 4 x 4: one grey, one of squares of 2 x 2, one of a single light pixel. */
const pictures = [Array.from({ length: 16 }, () => 51), [0, 0, 255, 255, 0, 0, 255, 255, 102, 102, 0, 0, 102, 102, 0, 0], Array.from({ length: 16 }, (_, i) => (i === 5 ? 255 : 0))]
const examples = {
  meta: { source: "drawn", classes: ["one"], part: "test" as const },
  tensors: { input: ndarray("u8", [3, 4, 4], Uint8Array.from(pictures.flat())), label: ndarray("i32", [3], new Int32Array(3)) },
}

const maps: Readonly<Record<string, readonly [kernel: readonly number[], bias: number]>> = {
  F_m1: [[3, 3, 3, 2], 2], F_0: [[3, 3, 2, 2], 2], F_1_1: [[3, 3, 2, 1], 1], LFF_1: [[1, 1, 3, 2], 2], F_2_1: [[3, 3, 2, 1], 1], LFF_2: [[1, 1, 3, 2], 2],
  GFF_1: [[1, 1, 4, 2], 2], GFF_2: [[3, 3, 2, 2], 2], UPN1: [[5, 5, 2, 2], 2], UPN2: [[3, 3, 2, 2], 2], UPN3: [[3, 3, 2, 12], 12], SR: [[3, 3, 12, 3], 3],
}
/** All weights 0 but those at the places given. */
const networkWith = (ones: Readonly<Record<string, readonly number[]>>, biases: Readonly<Record<string, number>> = {}): { meta: { source: string }; tensors: Tensors } => ({
  meta: { source: "net" },
  tensors: Object.fromEntries(
    Object.entries(maps).flatMap(([name, [kernel, bias]]) => [
      [`${name}/kernel`, ndarray("f32", kernel, Float32Array.from({ length: kernel.reduce((x, y) => x * y, 1) }, (_, k) => (ones[name]?.includes(k) ? 1 : 0)))],
      [`${name}/bias`, ndarray("f32", [bias], new Float32Array(bias).fill(biases[name] ?? 0))],
    ]),
  ),
})
/** The place of the middle of a kernel, from channel `from` to channel `to`. */
const middle = (name: string, from: number, to: number): number => {
  const [h, w, inner, outer] = (maps[name] as (typeof maps)[string])[0] as [number, number, number, number]
  return ((((h >> 1) * w + (w >> 1)) * inner + from) * outer) + to
}

const psnr = async (params: object, inputs: object = {}): Promise<number> => {
  const given = { factor: 2, from: 0, pictures: 3, ...params }
  const { metric } = (await upscaling.run({ examples, ...inputs } as never, given, { ...runContext(), device: () => Promise.resolve(device) })) as unknown as { metric: { values: { psnr: number } } }
  return metric.values.psnr
}

describe("metric/upscaling", () => {
  it("holds squares of pixels against the picture where there is no network", async () => {
    // What is one colour over each square comes back whole, up to the rounding of f32: capped at 90 dB.
    expect(await psnr({ pictures: 2 })).toBeCloseTo(90, 6)
    // A quarter over four pixels in place of 1 and three 0: (0.75^2 + 3 * 0.25^2) / 16.
    expect(await psnr({ from: 2, pictures: 1 })).toBeCloseTo(-10 * Math.log10(0.75 / 16), 4)
    expect(await psnr({})).toBeCloseTo((90 + 90 - 10 * Math.log10(0.75 / 16)) / 3, 4)
  })
  it("runs the network: a path of ones through every map to the three colours gives back squares", async () => {
    const path = { F_m1: [middle("F_m1", 0, 0)], UPN1: [middle("UPN1", 0, 0)], UPN2: [middle("UPN2", 0, 0)], UPN3: [middle("UPN3", 0, 0)], SR: [0, 1, 2].map((colour) => middle("SR", 0, colour)) }
    expect(await psnr({}, { network: networkWith(path) })).toBeCloseTo(await psnr({}), 4)
    // Without the shallow stream's sum nothing comes through.
    expect(await psnr({}, { network: networkWith({ ...path, F_m1: [] }) })).toBeLessThan(15)
    // Beyond 1 it is cut off: all white.
    const white = pictures.map((of) => -10 * Math.log10(of.reduce((sum, x) => sum + (1 - x / 255) ** 2, 0) / 16))
    expect(await psnr({}, { network: networkWith(path, { SR: 7 }) })).toBeCloseTo(white.reduce((x, y) => x + y) / 3, 4)
  })
  it("adds what the dense block gives: each layer sees all before it", async () => {
    const tail = { UPN1: [middle("UPN1", 0, 0)], UPN2: [middle("UPN2", 0, 0)], UPN3: [middle("UPN3", 0, 0)], SR: [0, 1, 2].map((colour) => middle("SR", 0, colour)) }
    // The stream's second channel is what F_0 reads; the block brings it, by growth and fusion, into the first.
    const block = {
      F_m1: [middle("F_m1", 0, 1)], F_0: [middle("F_0", 1, 1)], F_1_1: [middle("F_1_1", 1, 0)], F_2_1: [middle("F_2_1", 0, 0)], GFF_2: [middle("GFF_2", 0, 0)],
    }
    const through = (fusion: Readonly<Record<string, readonly number[]>>) => psnr({}, { network: networkWith({ ...block, ...fusion, ...tail }) })
    // Growth of the first layer, channel 2 of [stream, growth], then the first layer's output in the fusion of both.
    expect(await through({ LFF_1: [middle("LFF_1", 2, 0)], GFF_1: [middle("GFF_1", 0, 0)] })).toBeCloseTo(await psnr({}), 4)
    // The same through the second layer, which reads what the first has added, alone in the fusion.
    expect(await through({ LFF_1: [middle("LFF_1", 2, 0)], LFF_2: [], GFF_1: [middle("GFF_1", 2, 0)] })).toBeCloseTo(await psnr({}), 4)
    expect(await through({ LFF_1: [], GFF_1: [middle("GFF_1", 0, 0)] })).toBeLessThan(15)
  })
  it("takes from the rest what a merged network lacks", async () => {
    const whole = networkWith({ F_m1: [middle("F_m1", 0, 0)], UPN1: [middle("UPN1", 0, 0)], UPN2: [middle("UPN2", 0, 0)], UPN3: [middle("UPN3", 0, 0)], SR: [0, 1, 2].map((colour) => middle("SR", 0, colour)) })
    const { "SR/kernel": _, ...shared } = whole.tensors
    const network = { meta: { source: "merged" }, tensors: shared }
    expect(await psnr({}, { network, rest: whole })).toBeCloseTo(await psnr({}), 4)
    await expect(psnr({}, { network })).rejects.toThrow("merged is no residual dense network: it has no tensor SR/kernel, nor has what is given for the rest")
  })
  it("refuses pictures that are not there, sizes that do not divide, and networks of another factor", async () => {
    await expect(psnr({ from: 1 })).rejects.toThrow("there are 3 pictures, those from 1 to 4 are asked for")
    await expect(psnr({ factor: 3 })).rejects.toThrow("pictures of 4 x 4 cannot be made 3 times smaller")
    await expect(psnr({ factor: 4 }, { network: networkWith({}) })).rejects.toThrow("net makes pictures 2 times larger, expected 4")
  })
})
