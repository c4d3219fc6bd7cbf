import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { contentHash } from "../../../src/base/content.ts"
import { ndarray, sizeOf, type NdArray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { countWeights, gptForward, gptShapes, initGpt, type GptConfig } from "../../../src/nn/gpt.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { input } from "../../../src/tensor/source.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { normal } from "../../support/normal.ts"

/** The 9-layer study of arXiv 2507.07129v2 and its relatives: width 1024, 65,536 tokens. */
const paper = (blocks: number, substrateWidth = 1024): GptConfig => ({ vocabulary: 65_536, substrateWidth, width: 1024, heads: 32, blocks })
const withSubstrate = (config: GptConfig) => countWeights(config) + config.vocabulary * config.substrateWidth
const millions = (n: number) => (n / 1e6).toFixed(1)

describe("countWeights", () => {
  it("gives the parameter counts that the paper prints", () => {
    expect(millions(withSubstrate(paper(9)))).toBe("247.6")
    expect(millions(withSubstrate(paper(9, 16)))).toBe("181.6")
    expect(millions(withSubstrate(paper(16, 16)))).toBe("269.7")
  })

  it("gives its active parameters: the head and three blocks of a grown model, everything but the substrate of a monolithic one", () => {
    const below = new Set(Object.keys(gptShapes(paper(6))).filter((name) => name.startsWith("block/")))
    const active = Object.entries(gptShapes(paper(9))).filter(([name]) => !below.has(name))
    expect(millions(active.reduce((n, [, shape]) => n + sizeOf(shape), 0))).toBe("105.0")
    expect(millions(countWeights(paper(9)))).toBe("180.5")
  })

  it("is blocks (12 d^2 + 9 d) + 2 d + (d + 1) vocabulary", () => {
    expect(countWeights({ vocabulary: 30, substrateWidth: 8, width: 16, heads: 2, blocks: 3 })).toBe(3 * (12 * 256 + 9 * 16) + 32 + 17 * 30)
  })
})

const tiny: GptConfig = { vocabulary: 24, substrateWidth: 16, width: 16, heads: 2, blocks: 2 }

describe("initGpt", () => {
  const hashes = (tensors: Tensors) => Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, contentHash(x)]))
  const residual = (name: string) => name.endsWith("/out") || name.endsWith("/down")
  const [two, three] = [initGpt(tiny, random("s")), initGpt({ ...tiny, blocks: 3 }, random("s"))]

  it("starts a block the same whatever blocks there are, but for the divisor of its projections into the residual stream", () => {
    const [a, b] = [hashes(two), hashes(three)]
    for (const name of Object.keys(a)) {
      if (!residual(name)) expect(b[name], name).toBe(a[name])
      else [...(two[name] as NdArray).data].forEach((x, i) => expect((three[name] as NdArray).data[i]).toBeCloseTo(x * Math.sqrt(4 / 6), 7))
    }
  })

  it("draws every weight differently, and all of them differently for another seed", () => {
    const drawn = Object.entries(two).filter(([name]) => !/scale|bias/.test(name))
    const other = hashes(initGpt(tiny, random("t")))
    expect(new Set(drawn.map(([, x]) => contentHash({ ...x, shape: [] }))).size).toBe(drawn.length)
    drawn.forEach(([name, x]) => expect(other[name], name).not.toBe(contentHash(x)))
  })

  it("has the deviations of GPT-2, scales of 1 and biases of 0", () => {
    const wide = initGpt({ ...tiny, width: 64 }, random("s"))
    const deviation = (name: string) => Math.hypot(...(wide[name] as NdArray).data) / Math.sqrt((wide[name] as NdArray).data.length)
    expect(deviation("block/0/attention/query")).toBeCloseTo(0.02, 3)
    expect(deviation("block/1/mlp/up")).toBeCloseTo(0.02, 3)
    expect(deviation("block/1/mlp/down")).toBeCloseTo(0.01, 3)
    expect(deviation("block/0/attention/out")).toBeCloseTo(0.01, 3)
    const all = (pattern: RegExp) => new Set(Object.entries(wide).flatMap(([name, x]) => (pattern.test(name) ? [...x.data] : [])))
    expect([all(/scale$/), all(/bias$/)]).toEqual([new Set([1]), new Set([0])])
  })
})

describe("gptForward", () => {
  let device: Device
  beforeAll(async () => {
    device = await anyDevice()
  })
  afterAll(() => device.close())

  /** Logits of `ids`; weights ten times their start, so that attention looks at some places more than at others. */
  const logitsOf = async (config: GptConfig, substrate: NdArray, ids: readonly number[]): Promise<Float32Array> => {
    const large = (x: NdArray): NdArray => ({ ...x, data: (x.data as Float32Array).map((w) => w * 10) })
    const weights = Object.fromEntries(Object.entries(initGpt(config, random("s"))).map(([name, x]) => [name, large(x)]))
    const expressions = Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, input(name, shape)]))
    const tokens = input("tokens", [1, ids.length], "i32")
    const program = makeProgram({ outputs: { logits: gptForward(config, expressions, input("substrate", substrate.shape), tokens) } })
    const values = { ...weights, substrate, tokens: ndarray("i32", [1, ids.length], Int32Array.from(ids)) }
    const { logits } = await runOnce(device, program, values)
    return (logits as NdArray<"f32">).data
  }
  const unitRows = (width: number): NdArray<"f32"> => {
    const rows = normal("substrate", tiny.vocabulary, width)
    return { ...rows, data: rows.data.map((x) => x / Math.sqrt(width)) }
  }
  const rows = (logits: Float32Array, from: number, to: number) => logits.subarray(from * tiny.vocabulary, to * tiny.vocabulary)

  it("looks back only: another token leaves what was said before it as it was, to the bit, and changes all after it", async () => {
    const ids = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]
    const before = await logitsOf(tiny, unitRows(16), ids)
    const after = await logitsOf(tiny, unitRows(16), ids.map((id, at) => (at === 6 ? 20 : id)))
    expect(rows(after, 0, 6)).toEqual(rows(before, 0, 6))
    for (let at = 6; at < ids.length; at++) expect(rows(after, at, at + 1), `${at}`).not.toEqual(rows(before, at, at + 1))
  })

  it("tells the order of what came before", async () => {
    const last = async (ids: readonly number[]) => rows(await logitsOf(tiny, unitRows(16), ids), 3, 4)
    expect(await last([7, 8, 9, 1])).not.toEqual(await last([8, 7, 9, 1]))
  })

  it("lifts a narrow substrate by repeating each coordinate", async () => {
    const narrow = unitRows(4)
    // Four times as wide, the same matrix is scaled by twice as much on the way in.
    const lifted = Float32Array.from({ length: tiny.vocabulary * 16 }, (_, at) => (narrow.data[Math.floor(at / 4)] as number) / 2)
    const wide = ndarray("f32", [tiny.vocabulary, 16], lifted)
    const ids = [3, 1, 4, 1, 5]
    const [fromNarrow, fromWide] = [await logitsOf({ ...tiny, substrateWidth: 4 }, narrow, ids), await logitsOf(tiny, wide, ids)]
    expect(fromNarrow).toEqual(fromWide)
  })
})
