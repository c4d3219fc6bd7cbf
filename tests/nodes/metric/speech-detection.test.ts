import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { input, makeProgram, ndarray, random, withProgram, type Device, type NdArray, type Tensors } from "#src"
import { speechDetection } from "#nodes"
import { areaUnder } from "../../../nodes/metric/speech-detection.ts"
import { detectorWeights, heard, speechDetector } from "../../../nodes/metric/speech-detector.ts"
import { anyDevice } from "../../support/any-device.ts"
import { runContext } from "../dataset/run-context.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const shapes: Readonly<Record<string, readonly number[]>> = {
  "stft.forward_basis_buffer": [130, 1, 128],
  "encoder.0.reparam_conv.weight": [128, 65, 3], "encoder.0.reparam_conv.bias": [128],
  "encoder.1.reparam_conv.weight": [64, 128, 3], "encoder.1.reparam_conv.bias": [64],
  "encoder.2.reparam_conv.weight": [64, 64, 3], "encoder.2.reparam_conv.bias": [64],
  "encoder.3.reparam_conv.weight": [128, 64, 3], "encoder.3.reparam_conv.bias": [128],
  "decoder.rnn.weight_ih": [512, 128], "decoder.rnn.weight_hh": [512, 128], "decoder.rnn.bias_ih": [512], "decoder.rnn.bias_hh": [512],
  "decoder.decoder.2.weight": [1, 128, 1], "decoder.decoder.2.bias": [1],
}
const detector = (seed: string): { meta: { source: string }; tensors: Tensors } => ({
  meta: { source: seed },
  tensors: Object.fromEntries(Object.entries(shapes).map(([name, shape]) => {
    const fan = shape.length > 1 ? shape.slice(1).reduce((a, b) => a * b, 1) : 16
    return [`If_0_else_branch__Inline_0__${name}`, ndarray("f32", shape, random(seed).fork(name).normals(shape.reduce((a, b) => a * b, 1)).map((x) => (1.5 * x) / Math.sqrt(fan)))]
  })),
})
const sound = (n: number, pieces: number, seed = "sound"): NdArray<"f32"> => ndarray("f32", [n, pieces, 256], random(seed).normals(n * pieces * 256).map((x) => x / 4))
const run = (tensors: Tensors, x: NdArray<"f32">): Promise<Float32Array> => {
  const of = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, input(name, shape)]))
  const given = input("sound", x.shape)
  return withProgram(device, makeProgram({ inputs: [...Object.values(of), given], outputs: { out: speechDetector(of, given) } }), tensors, async (bound) => (await bound.run({ sound: x }))["out"]!.data as Float32Array)
}

/** The detector in loops, as its ONNX graph has it: a piece at a time, with its state. */
const inLoops = (tensors: Tensors, x: ArrayLike<number>, pieces: number): number[] => {
  const w = (name: string) => tensors[name]!.data as Float32Array
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))
  const conv = (rows: number[][], name: string, stride: number): number[][] => {
    const [outs, ins, size] = shapes[`${name}.weight`] as [number, number, number]
    const length = Math.floor(((rows[0] as number[]).length + 2 - size) / stride) + 1
    return Array.from({ length: outs }, (_, o) => Array.from({ length }, (_, t) => {
      let sum = w(`${name}.bias`)[o]!
      for (let i = 0; i < ins; i++) for (let k = 0; k < size; k++) sum += w(`${name}.weight`)[(o * ins + i) * size + k]! * (rows[i]?.[t * stride + k - 1] ?? 0)
      return Math.max(0, sum)
    }))
  }
  let [h, c] = [new Array<number>(128).fill(0), new Array<number>(128).fill(0)]
  return Array.from({ length: pieces }, (_, p) => {
    const at = (i: number) => (i < 0 ? 0 : x[i]!)
    const piece = Array.from({ length: 320 }, (_, i) => at(p * 256 - 32 + (i < 288 ? i : 2 * 287 - i)))
    const bins = Array.from({ length: 130 }, (_, b) => Array.from({ length: 4 }, (_, t) => piece.slice(64 * t, 64 * t + 128).reduce((sum, value, k) => sum + value * w("stft.forward_basis_buffer")[b * 128 + k]!, 0)))
    let rows = Array.from({ length: 65 }, (_, b) => Array.from({ length: 4 }, (_, t) => Math.hypot(bins[b]![t]!, bins[65 + b]![t]!)))
    for (const [l, stride] of [1, 2, 2, 1].entries()) rows = conv(rows, `encoder.${l}.reparam_conv`, stride)
    const gates = Array.from({ length: 512 }, (_, g) => w("decoder.rnn.bias_ih")[g]! + w("decoder.rnn.bias_hh")[g]! + rows.reduce((sum, [value], i) => sum + value! * w("decoder.rnn.weight_ih")[g * 128 + i]!, 0) + h.reduce((sum, value, i) => sum + value * w("decoder.rnn.weight_hh")[g * 128 + i]!, 0))
    c = c.map((value, u) => sigmoid(gates[128 + u]!) * value + sigmoid(gates[u]!) * Math.tanh(gates[256 + u]!))
    h = c.map((value, u) => sigmoid(gates[384 + u]!) * Math.tanh(value))
    return sigmoid(w("decoder.decoder.2.bias")[0]! + h.reduce((sum, value, u) => sum + Math.max(0, value) * w("decoder.decoder.2.weight")[u]!, 0))
  })
}

describe("speechDetector", () => {
  it("hears the end of the piece before, none before the first, and the end of its own in the mirror", async () => {
    const x = ndarray("f32", [1, 2, 256], Float32Array.from({ length: 512 }, (_, i) => i + 1))
    const given = input("sound", [1, 2, 256])
    const { data } = (await withProgram(device, makeProgram({ inputs: [given], outputs: { out: heard(given) } }), {}, (bound) => bound.run({ sound: x })))["out"]!
    const [first, second] = [[...data.subarray(0, 320)], [...data.subarray(320)]]
    expect(first.slice(0, 34)).toEqual([...new Array<number>(32).fill(0), 1, 2])
    expect(second.slice(0, 34)).toEqual(Array.from({ length: 34 }, (_, i) => 225 + i))
    expect(first.slice(286)).toEqual([255, 256, ...Array.from({ length: 32 }, (_, i) => 255 - i)])
  })
  it("says what the network says in loops, piece after piece of each recording", async () => {
    const tensors = detectorWeights(detector("net").tensors) as Tensors
    const x = sound(2, 3)
    const found = await run(tensors, x)
    for (const r of [0, 1]) inLoops(tensors, x.data.subarray(r * 768, (r + 1) * 768), 3).forEach((likely, p) => expect(found[p * 2 + r]).toBeCloseTo(likely, 4))
    expect(Math.max(...found) - Math.min(...found)).toBeGreaterThan(0.01)
  })
})

describe("areaUnder", () => {
  it("is how often a member scores above another, one half where they are equal", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), { minLength: 2, maxLength: 30 }).filter((of) => new Set(of.map(([, is]) => is)).size === 2), (of) => {
      const pairs = of.flatMap(([x, is]) => (is ? of.flatMap(([y, other]) => (other ? [] : [x > y ? 1 : x === y ? 0.5 : 0])) : []))
      expect(areaUnder(Float32Array.from(of, ([x]) => x), Uint8Array.from(of, ([, is]) => (is ? 1 : 0)))).toBeCloseTo(pairs.reduce((a: number, b) => a + b, 0) / pairs.length, 9)
    }))
  })
  it("needs both kinds", () => {
    expect(() => areaUnder(Float32Array.of(1, 2), Uint8Array.of(1, 1))).toThrow("pieces with and without speech are told apart; all are speech")
    expect(() => areaUnder(Float32Array.of(1, 2), Uint8Array.of(0, 0))).toThrow("none is speech")
  })
})

describe("metric/speech-detection", () => {
  const pieces = 2
  const recorded = (count: number, speech: (i: number) => number) => ({ meta: { source: "drawn", rate: 8000 }, tensors: { sound: sound(count, pieces), speech: ndarray("u8", [count, pieces], Uint8Array.from({ length: count * pieces }, (_, i) => speech(i))) } })
  const measured = async (networks: readonly object[], recordings: object) => {
    const { metric } = (await speechDetection.run({ networks, recordings } as never, {}, { ...runContext(), device: () => Promise.resolve(device) })) as unknown as { metric: { values: { auc: number; accuracy: number } } }
    return metric.values
  }

  it("listens to every recording once, the last few too, and takes the mean of several detectors", async () => {
    const [a, b] = [detector("c"), detector("d")]
    // 23 are a run of 20 and three more.
    const count = 23
    const likely = await Promise.all([a, b].map(async ({ tensors }) => {
      const given = detectorWeights(tensors) as Tensors
      const all = await run(given, sound(count, pieces))
      return Array.from({ length: count * pieces }, (_, i) => all[(i % pieces) * count + Math.floor(i / pieces)]!)
    })) as [number[], number[]]
    const mean = likely[0].map((x, i) => (x + likely[1][i]!) / 2)
    const middle = [...mean].sort((x, y) => x - y)[count]!
    // Speech is what both together hold likelier than the middle: they are always right, neither alone is.
    const recordings = recorded(count, (i) => (mean[i]! >= middle ? 1 : 0))
    expect((await measured([a, b], recordings)).auc).toBe(1)
    for (const one of [a, b]) expect((await measured([one], recordings)).auc).toBeLessThan(0.995)
    expect((await measured([a, b], recordings)).accuracy).toBeCloseTo(mean.filter((x) => x >= 0.5 === x >= middle).length / mean.length, 9)
  })
  it("refuses networks of other kinds, other rates, and none", async () => {
    const { "If_0_else_branch__Inline_0__decoder.rnn.bias_hh": _, ...rest } = detector("a").tensors
    const recordings = recorded(1, (i) => i)
    await expect(measured([{ meta: { source: "other" }, tensors: rest }], recordings)).rejects.toThrow("other is no detector of speech at 8 kHz: it has no tensor If_0_else_branch__Inline_0__decoder.rnn.bias_hh")
    await expect(measured([detector("a")], { ...recordings, meta: { source: "drawn", rate: 16_000 } })).rejects.toThrow("the detector hears 8000 Hz, got 16000 Hz")
    await expect(measured([], recordings)).rejects.toThrow("there is no detector to measure")
  })
})
