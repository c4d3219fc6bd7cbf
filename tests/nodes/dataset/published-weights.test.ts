/** Weights read from checkpoints that others made, and what two of them have in common. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ndarray, random, type Tensors } from "#src"
import { likeness, mergeTensorsLinear, mergeTensorsVarianceCorrected, publishedWeights } from "#nodes"
import { runContext } from "./run-context.ts"
import { safetensorsBytes, testFolder, writeAt } from "../../src/checkpoint/made-files.ts"

const folder = testFolder()
const file = (name: string, tensors: Tensors): string => writeAt(join(folder, `${name}.safetensors`), safetensorsBytes(tensors))
const vector = (...values: readonly number[]) => ndarray("f32", [values.length], Float32Array.from(values))
const params = { alongside: "", remedy: "fetch it" }

describe("published weights", () => {
  it("are the numbers that are stored; alongside another network, those that both have in one shape", async () => {
    const path = file("one", { same: vector(1, 2), shape: vector(1), own: vector(3) })
    const other = file("other", { same: vector(5, 6), shape: vector(1, 2) })
    expect(await publishedWeights.run({}, { ...params, path }, runContext())).toMatchObject({ tensors: { meta: { source: path }, tensors: { same: { data: Float32Array.of(1, 2) }, own: { data: Float32Array.of(3) } } } })
    const shared = (await publishedWeights.run({}, { ...params, path, alongside: other }, runContext())) as { tensors: { tensors: Tensors } }
    expect(Object.keys(shared.tensors.tensors)).toEqual(["same"])
    expect(publishedWeights.files?.({ ...params, path, alongside: other })).toEqual([path, other])
  })

  it("of 8 bits are dequantised", async () => {
    const weights = [{ name: "w", shape: [3], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -1 } }]
    writeAt(join(folder, "quantised", "w.bin"), Uint8Array.of(0, 2, 255))
    const path = writeAt(join(folder, "quantised", "small-weights_manifest.json"), [{ weights, paths: ["w.bin"] }])
    expect(await publishedWeights.run({}, { ...params, path }, runContext())).toMatchObject({ tensors: { tensors: { w: { data: Float32Array.of(-1, 0, 126.5) } } } })
  })

  it("that are not there say what to do; that share nothing, so", () => {
    expect(() => publishedWeights.run({}, { ...params, path: join(folder, "none") }, runContext())).toThrow(/none: expected a folder or file with weights, got no such file; fetch it$/)
    const [path, alongside] = [file("left", { a: vector(1) }), file("right", { b: vector(1) })]
    expect(() => publishedWeights.run({}, { ...params, path, alongside }, runContext())).toThrow(/expected tensors of the same names and shapes, got none$/)
  })
})

describe("likeness of weights", () => {
  const draw = (seed: string) => ({ meta: { source: seed }, tensors: { w: ndarray("f32", [100, 100], random(seed).normals(10_000)) } })
  const [a, b] = [draw("a"), draw("b")]
  const near = { meta: { source: "near" }, tensors: { w: ndarray("f32", [100, 100], a.tensors.w.data.map((x, k) => x + 0.3 * b.tensors.w.data[k]!)) } }
  const values = async (x: typeof a, y: typeof a, kind: typeof mergeTensorsLinear | typeof mergeTensorsVarianceCorrected) => {
    const params = kind === mergeTensorsLinear ? { normalize: true, weight: [] } : { follow: "others", compat: "none", weight: [] }
    const { tensors: merged } = (await kind.run({ models: [x, y] } as never, params as never, runContext())) as { tensors: typeof a }
    const { metric } = (await likeness.run({ a: x, b: y, merged }, {}, runContext())) as unknown as { metric: { values: { cosine: number; kept: number } } }
    return metric.values
  }

  it("of networks of unlike origin is 0, and their average keeps 0.71 of the spread; corrected, all", async () => {
    const apart = await values(a, b, mergeTensorsLinear)
    expect(apart.cosine).toBeCloseTo(0, 1)
    expect(apart.kept).toBeCloseTo(Math.SQRT1_2, 1)
    expect((await values(a, b, mergeTensorsVarianceCorrected)).kept).toBeCloseTo(1, 5)
  })

  it("of one origin is near 1, and their average keeps its spread", async () => {
    const alike = await values(a, near as typeof a, mergeTensorsLinear)
    expect(alike.cosine).toBeGreaterThan(0.95)
    expect(alike.kept).toBeGreaterThan(0.98)
  })
})
