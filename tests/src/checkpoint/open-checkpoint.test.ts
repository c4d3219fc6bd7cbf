/** Opening checkpoints: every layout, and what is refused, with file, tensor, expected and got. */
import * as E from "fp-ts/lib/Either.js"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ndarray } from "../../../src/base/ndarray.ts"
import { duplicateKey } from "../../../src/base/duplicate-key.ts"
import { describeFault } from "../../../src/checkpoint/fault.ts"
import { openCheckpoint } from "../../../src/checkpoint/open-checkpoint.ts"
import { rawSafetensors, safetensorsBytes, testFolder, writeAt, writeShards } from "./made-files.ts"

const folder = testFolder()
const a = ndarray("f32", [2, 2], Float32Array.of(1, 2, 3, 4))
const b = ndarray("bf16", [3], Uint16Array.of(1, 2, 3))

const opened = (path: string) => {
  const checkpoint = openCheckpoint(path)
  if (E.isLeft(checkpoint)) throw new Error(describeFault(checkpoint.left))
  return checkpoint.right
}
const refusal = (path: string): string => E.match(describeFault, () => "accepted")(openCheckpoint(path))

describe("opening", () => {
  it("[F1] a sharded folder: places in every shard, and config.json", () => {
    const checkpoint = opened(writeShards(join(folder, "sharded"), [{ a }, { b, c: a }], { "config.json": { vocab_size: 7 } }))
    expect([...checkpoint.tensors.values()].map(({ name, dtype, shape, file, bytes }) => [name, dtype, shape, file, bytes])).toEqual([
      ["a", "F32", [2, 2], 0, 16],
      ["b", "BF16", [3], 1, 6],
      ["c", "F32", [2, 2], 1, 16],
    ])
    expect(checkpoint.config).toEqual({ vocab_size: 7 })
  })

  it("[F1] one file, alone or in its folder", () => {
    const file = writeAt(join(folder, "one/model.safetensors"), safetensorsBytes({ a }))
    expect(opened(file).tensors).toEqual(opened(join(folder, "one")).tensors)
  })

  it("[F1] a tfjs manifest: tensors across the ends of files, quantised ones with scale and minimum", () => {
    const weights = [
      { name: "k", shape: [5], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
      { name: "b", shape: [2], dtype: "float32" },
    ]
    writeAt(join(folder, "tfjs/one.bin"), new Uint8Array(3))
    writeAt(join(folder, "tfjs/two.bin"), new Uint8Array(10))
    writeAt(join(folder, "tfjs/model.json"), { weightsManifest: [{ paths: ["one.bin", "two.bin"], weights }] })
    expect([...opened(join(folder, "tfjs")).tensors.values()]).toEqual([
      { name: "k", dtype: "U8", shape: [5], bytes: 5, file: 0, start: 0, affine: { scale: 0.5, min: -1 } },
      { name: "b", dtype: "F32", shape: [2], bytes: 8, file: 1, start: 2 },
    ])
    writeAt(join(folder, "tfjs-short/model.json"), [{ paths: ["../tfjs/one.bin"], weights }])
    expect(refusal(join(folder, "tfjs-short"))).toContain("paths of files in the same folder")
    writeAt(join(folder, "tfjs-short/model.json"), [{ paths: ["one.bin"], weights }])
    writeAt(join(folder, "tfjs-short/one.bin"), new Uint8Array(6))
    expect(refusal(join(folder, "tfjs-short"))).toContain("tensor b: expected 13 bytes in the files of its group, got 6")
  })

  it("[F1] the initialisers of an ONNX file, and data outside of it", () => {
    const field = (number: number, content: Uint8Array | string): number[] => {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
      return [number * 8 + 2, bytes.length, ...bytes]
    }
    const entry = (key: string, value: string) => field(13, Uint8Array.from([...field(1, key), ...field(2, value)]))
    const inside = [8, 2, 8, 1, 16, 1, ...field(8, "inside"), ...field(9, new Uint8Array(8).fill(1))]
    const outside = [...field(1, Uint8Array.of(3)), 16, 16, ...field(8, "outside"), ...entry("location", "w.bin"), ...entry("offset", "4")]
    const graph = Uint8Array.from([...field(2, "graph"), ...field(5, Uint8Array.from(inside)), ...field(5, Uint8Array.from(outside))])
    const model = Uint8Array.from([8, 9, ...field(7, graph)])
    writeAt(join(folder, "onnx/w.bin"), new Uint8Array(10))
    const path = writeAt(join(folder, "onnx/model.onnx"), model)
    const places = [...opened(path).tensors.values()]
    expect(places).toMatchObject([
      { name: "inside", dtype: "F32", shape: [2, 1], bytes: 8, file: 0 },
      { name: "outside", dtype: "BF16", shape: [3], bytes: 6, file: 1, start: 4 },
    ])
    expect([...model.slice(places[0]?.start, (places[0]?.start ?? 0) + 8)]).toEqual(Array(8).fill(1))
    writeAt(join(folder, "onnx/w.bin"), new Uint8Array(9))
    expect(refusal(path)).toContain("tensor outside: expected 6 bytes from byte 4, got a file of 9")
    for (let length = 0; length < model.length; length++) {
      expect(refusal(writeAt(join(folder, "onnx-cut/model.onnx"), model.slice(0, length)))).toContain("model.onnx: ")
    }
  })

  it("[F1] constants of an ONNX file without initialisers, in branches too; whole numbers among them are no weights", () => {
    const field = (number: number, content: readonly number[] | string): number[] => {
      const bytes = typeof content === "string" ? [...new TextEncoder().encode(content)] : content
      return [number * 8 + 2, ...(bytes.length < 128 ? [bytes.length] : [128 + (bytes.length % 128), Math.floor(bytes.length / 128)]), ...bytes]
    }
    const tensor = (type: number, width: number): number[] => [8, 2, 16, type, ...field(9, Array(2 * width).fill(7) as number[])]
    const constant = (name: string, of: readonly number[]): number[] => field(1, [...field(2, name), ...field(4, "Constant"), ...field(5, [...field(1, "value"), ...field(5, of)])])
    const branch = (inner: readonly number[]): number[] => field(1, [...field(2, "out"), ...field(4, "If"), ...field(5, [...field(1, "then_branch"), ...field(6, inner)])])
    const file = (graph: readonly number[]): string => writeAt(join(folder, "constants/model.onnx"), Uint8Array.from([8, 9, ...field(7, graph)]))
    const path = file([...constant("top", tensor(1, 4)), ...constant("shape", tensor(7, 8)), ...branch([...constant("inner", tensor(1, 4))])])
    expect([...opened(path).tensors.values()]).toMatchObject([{ name: "top", dtype: "F32", shape: [2], bytes: 8 }, { name: "inner", dtype: "F32", shape: [2], bytes: 8 }])
    expect(refusal(file([...constant("twice", tensor(1, 4)), ...branch(constant("twice", tensor(1, 4)))]))).toContain("tensor twice: expected every name once")
    expect(refusal(file(constant("shape", tensor(7, 8))))).toContain("expected an ONNX file with initialisers or constants, got none")
    let deep = constant("w", tensor(1, 4))
    for (let depth = 0; depth < 20; depth++) deep = branch(deep)
    expect(refusal(file(deep))).toContain("graphs more than 16 deep in each other")
  })
})

describe("refusals name file, tensor, what was expected and what came", () => {
  const index = (map: object) => {
    writeShards(join(folder, "bad"), [{ a }, { b }])
    writeAt(join(folder, "bad/model.safetensors.index.json"), { weight_map: map })
    return refusal(join(folder, "bad"))
  }
  const [one, two] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]

  it("[F1] an index that leads out of its folder, or that the shards do not agree with", () => {
    expect(index({ a: "../../etc/x.safetensors" })).toMatch(/index\.json: tensor a: expected the name of a \.safetensors file in the same folder, got ".+x\.safetensors"/)
    expect(index({ a: "/etc/x.safetensors" })).toContain("in the same folder")
    expect(index({ a: 7 })).toContain("in the same folder, got 7")
    expect(index({ a: one, b: two, c: two })).toContain("tensor c: expected the tensor, as model.safetensors.index.json says, got a file without it")
    expect(index({ a: two, b: one })).toContain(`tensor a: expected ${one}, which has the tensor, got ${two}`)
    expect(index({ b: two, a: one })).toBe("accepted")
    expect(index({ a: one })).toBe("accepted")
    expect(index({ a: "gone.safetensors" })).toContain("gone.safetensors: expected a readable file, got no such file")
  })

  it("[F1] names that are there twice, in a header or across shards", () => {
    const entry = (start: number) => `{"dtype":"F32","shape":[1],"data_offsets":[${start},${start + 4}]}`
    expect(refusal(writeAt(join(folder, "twice.safetensors"), rawSafetensors(`{"w":${entry(0)},"\\u0077":${entry(0)}}`, 4)))).toContain('expected every name once, got "w" twice')
    writeShards(join(folder, "both"), [{ a, c: b }, { a, b }])
    expect(refusal(join(folder, "both"))).toContain("tensor a: expected every tensor in one shard")
    expect(duplicateKey('{"a":{"b":1},"b":{"b":"\\"b\\":"}, "c" : ["a","a"]}')).toBeUndefined()
    expect(duplicateKey('{"a":[{"x":1,"x" :2}]}')).toBe("x")
  })

  it("[F1] a folder with other forms of the model beside the one that is named so", () => {
    for (const name of ["consolidated", "model", "model.fp16"]) writeAt(join(folder, `forms/${name}.safetensors`), safetensorsBytes(name === "model" ? { a } : { b }))
    expect([...opened(join(folder, "forms")).tensors.keys()]).toEqual(["a"])
  })
  it("[F1] what is no checkpoint at all", () => {
    expect(refusal(join(folder, "nowhere"))).toBe(`${join(folder, "nowhere")}: expected a folder or file with weights, got no such file`)
    writeAt(join(folder, "other/readme.md"), "x")
    expect(refusal(join(folder, "other"))).toContain("got 1 other files")
    writeAt(join(folder, "several/a.safetensors"), safetensorsBytes({ a }))
    writeAt(join(folder, "several/b.safetensors"), safetensorsBytes({ b }))
    expect(refusal(join(folder, "several"))).toContain("expected model.safetensors.index.json or model.safetensors among several .safetensors files, got a.safetensors, b.safetensors")
    writeAt(join(folder, "one/config.json"), "[1]")
    expect(refusal(join(folder, "one"))).toContain("config.json: expected a JSON object, got [1]")
  })
})
