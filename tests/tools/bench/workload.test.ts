import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { sizeOf } from "../../../src/base/ndarray.ts"
import { resnetShapes } from "../../../src/nn/resnet.ts"
import { decodeSafetensors } from "../../../src/base/safetensors.ts"
import { gptSpecOf, productFlops, specOf } from "../../../tools/bench/spec.ts"
import { batchCount, batches, imageBatches, initialWeights, writeWorkload } from "../../../tools/bench/workload.ts"

const small = { ...gptSpecOf("train-0.8M", 2), blocks: 1, width: 8, heads: 2, vocabulary: 16, rows: 2, context: 4 }

describe("the workload all peers share", () => {
  it.each([
    ["train-0.8M", 824_320],
    ["train-5M", 4_996_096],
    ["train-20M", 20_095_488],
  ] as const)("has at %s the number of trained parameters it is named after: %i", (size, params) => {
    const { substrate, ...trained } = initialWeights(gptSpecOf(size, 2))
    expect(Object.values(trained).reduce((n, { shape }) => n + sizeOf(shape), 0)).toBe(params)
    expect(substrate?.shape).toEqual([gptSpecOf(size, 2).vocabulary, gptSpecOf(size, 2).width])
  })

  it("trains on and scores 1,024 tokens a step at every size, and writes one", () => {
    const tokens = (["train-0.8M", "train-5M", "train-20M", "score-5M", "decode-5M"] as const).map((name) => gptSpecOf(name, 2)).map(({ rows, context }) => rows * context)
    expect(tokens).toEqual([1024, 1024, 1024, 1024, 128])
  })

  it("counts the operations of its matrix products", () => {
    // One block of width 8 on 2 x 4 tokens: 12 x 64 weights and a head of 8 x 16, each used once forward and twice backward,
    // and scores and mixtures of 4 x 4 pairs of width 8 in two rows.
    const [linear, attention] = [2 * 8 * (12 * 64 + 8 * 16), 2 * 2 * (2 * 4 * 4 * 8)]
    expect(productFlops(small)).toBe(3 * (linear + attention))
    expect(productFlops({ ...small, task: "score" })).toBe(linear + attention)
    // One token of each row: an eighth of the linear work over 2 x 4 tokens times two rows, and one query a row.
    expect(productFlops({ ...small, task: "decode" })).toBe(linear / 4 + attention / 4)
  })

  it("has a convolutional network of 0.27 M params, whose convolutions are counted", () => {
    const spec = specOf("train-cnn", 2)
    if (spec.task !== "train-cnn") throw new Error("another task")
    expect(Object.values(resnetShapes(spec)).reduce((n, shape) => n + sizeOf(shape), 0)).toBe(269_722)
    // One stage of one block of width 4 on 2 x 2 images: the stem and two convolutions, forward and twice backward, and a head.
    const tiny = { ...spec, extent: 2, widths: [4], blocks: 1, rows: 1 }
    expect(productFlops(tiny)).toBe(3 * (2 * 9 * 4 * (3 * 4 + 4 * 4 + 4 * 4) + 2 * 4 * 10))
    expect(productFlops({ ...tiny, workload: "score-cnn", task: "score-cnn" })).toBe(productFlops(tiny) / 3)
    const { image, label } = imageBatches(tiny)
    expect(image?.shape).toEqual([batchCount, 1, 3, 2, 2])
    expect([...(label?.data ?? [])].every((value) => value >= 0 && value < 10)).toBe(true)
  })

  it("has targets that follow from the inputs, all within the vocabulary", () => {
    const { input, target } = batches(small)
    expect(input?.shape).toEqual([batchCount, 2, 4])
    expect(target?.shape).toEqual([batchCount, 2, 4])
    input?.data.forEach((token, i) => {
      expect(token).toBeGreaterThanOrEqual(0)
      expect(token).toBeLessThan(16)
      expect(target?.data[i]).toBe((token * 7 + 3) % 16)
    })
  })

  it("is the same in every byte when written twice, and reads back as it was", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bench-workload-"))
    try {
      await writeWorkload(join(folder, "a"), small)
      await writeWorkload(join(folder, "b"), small)
      for (const file of ["spec.json", "weights.safetensors", "batches.safetensors"]) {
        expect((await readFile(join(folder, "a", file))).equals(await readFile(join(folder, "b", file)))).toBe(true)
      }
      const file = decodeSafetensors(await readFile(join(folder, "a", "weights.safetensors")))
      expect(E.isRight(file) && file.right.tensors).toEqual(initialWeights(small))
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
