import { describe, expect, it } from "vitest"
import fc from "fast-check"
import { hashBytes, bytesOf, must, random } from "#src"
import { glyphSubstrate } from "../../../nodes/embedding/glyph-substrate.ts"
import { principalComponents } from "../../../nodes/embedding/principal-components.ts"
import { glyphRows } from "../../../nodes/embedding/glyph-rows.ts"
import { codeRows, equalRows, randomRows } from "../../../nodes/embedding/rows.ts"
import { resultOf, runContext } from "../dataset/run-context.ts"

const tokens = ["<pad>", "<s>", "</s>", "<unk>", "\n", " ", ..."ABCabcdefghАВСабвгд中文我类型参数", "th", "he", "the", "то", "类型"]
const tokenizer = { model: { vocab: Object.fromEntries(tokens.map((token, id) => [token, id])) } }
const run = (kind: "glyph" | "random" | "binary" | "binary16" | "trainable", width = 16, seed = "1") =>
  resultOf(glyphSubstrate.run({ tokenizer }, { kind, width, font: "" }, runContext(seed)))

const norms = (data: ArrayLike<number>, width: number): readonly number[] =>
  Array.from({ length: data.length / width }, (_, row) => Math.hypot(...Array.from(data).slice(row * width, (row + 1) * width)))

const bitmap = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 6, maxLength: 6 }).map((bits) => Uint8Array.from(bits))

/** Covariance of column a and b, by its definition. */
const covariance = (rows: readonly Uint8Array[], a: number, b: number): number => {
  const mean = (j: number) => rows.reduce((sum, row) => sum + (row[j] ?? 0), 0) / rows.length
  return rows.reduce((sum, row) => sum + ((row[a] ?? 0) - mean(a)) * ((row[b] ?? 0) - mean(b)), 0) / (rows.length - 1)
}

describe("principal components", () => {
  it("are orthonormal eigenvectors of the covariance, largest variance first", () => {
    fc.assert(
      fc.property(fc.array(bitmap, { minLength: 3, maxLength: 12 }), (rows) => {
        const { axes, variances } = principalComponents(rows, 6)
        axes.forEach((axis, k) => {
          const variance = must(variances[k], "variance")
          for (let a = 0; a < 6; a++) {
            const image = [...axis].reduce((sum, x, b) => sum + covariance(rows, a, b) * x, 0)
            expect(image).toBeCloseTo(variance * must(axis[a], "entry"), 9)
          }
          const products = axes.map((other) => axis.reduce((sum, x, i) => sum + x * must(other[i], "entry"), 0))
          products.forEach((product, l) => expect(product).toBeCloseTo(k === l ? 1 : 0, 9))
          expect(variance).toBeLessThanOrEqual(must(variances[Math.max(0, k - 1)], "variance") + 1e-12)
        })
      }),
    )
  })

  it("have a fixed sign: the entry of largest magnitude is positive", () => {
    fc.assert(
      fc.property(fc.array(bitmap, { minLength: 3, maxLength: 12 }), (rows) => {
        for (const axis of principalComponents(rows, 6).axes) {
          const largest = [...axis].reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0)
          expect(largest).toBeGreaterThan(0)
        }
      }),
    )
  })
})

describe("glyph rows", () => {
  it("keep the cosines of the centred bitmaps when no component is left out", () => {
    fc.assert(
      fc.property(fc.uniqueArray(bitmap, { minLength: 4, maxLength: 12, selector: (b) => b.join("") }), (rows) => {
        const mean = Array.from({ length: 6 }, (_, j) => rows.reduce((sum, row) => sum + (row[j] ?? 0), 0) / rows.length)
        const centred = rows.map((row) => [...row].map((x, j) => x - (mean[j] ?? 0)))
        fc.pre(centred.every((row) => Math.hypot(...row) > 1e-6))
        const { data } = glyphRows(rows, 6)
        const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, j) => sum + x * (b[j] ?? 0), 0)
        const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
        const row = (i: number) => [...data.slice(6 * i, 6 * i + 6)]
        for (let i = 1; i < rows.length; i++) expect(cosine(row(0), row(i))).toBeCloseTo(cosine(centred[0] ?? [], centred[i] ?? []), 5)
      }),
    )
  })

  it("are zero beyond the pixels, and the first axis for a bitmap equal to the mean", () => {
    const rows = [Uint8Array.of(1, 0), Uint8Array.of(0, 1)]
    const { data, shape } = glyphRows(rows, 4)
    expect(shape).toEqual([2, 4])
    expect([...data].map(Math.abs)).toEqual([1, 0, 0, 0, 1, 0, 0, 0].map((x) => expect.closeTo(x, 6)))
    expect([...glyphRows([Uint8Array.of(1, 0), Uint8Array.of(1, 0)], 2).data]).toEqual([1, 0, 1, 0])
  })
})

describe("node kind embedding/glyph-substrate", () => {
  it("has rows of unit length, one a token, for every kind", async () => {
    for (const kind of ["glyph", "random", "binary", "binary16", "trainable"] as const) {
      const matrix = must((await run(kind)).substrate.tensors["matrix"], "matrix")
      expect(matrix.shape, kind).toEqual([tokens.length, 16])
      for (const norm of norms(matrix.data, 16)) expect(Math.abs(norm - 1), kind).toBeLessThan(1e-6)
    }
  })

  it("is the same in every byte when it is made again, and the glyphs do not depend on the seed", async () => {
    const hash = async (kind: "glyph" | "random" | "trainable", seed: string) =>
      hashBytes(bytesOf(must((await run(kind, 16, seed)).substrate.tensors["matrix"], "matrix")))
    expect(await hash("glyph", "1")).toBe(await hash("glyph", "2"))
    expect(await hash("random", "1")).toBe(await hash("random", "1"))
    expect(await hash("random", "1")).not.toBe(await hash("random", "2"))
    expect(await hash("trainable", "1")).toBe(await hash("random", "1"))
  })

  it("lists tokens that look alike: A, B, C, a, c and their Cyrillic doubles", async () => {
    const { duplicates } = await run("glyph", 64)
    expect(duplicates.rows.slice(0, 3).map(([, count]) => count)).toEqual([tokens.length, 8, 0])
    expect(duplicates.rows.slice(3).map(([group]) => group)).toEqual(["A  А", "B  В", "C  С", "a  а"])
    expect((await run("binary16")).duplicates.rows[1]).toEqual(["tokens that share a row with another", 0])
  })

  it("marks the trainable control, and no other, as trainable", async () => {
    const kinds = ["glyph", "random", "binary", "binary16", "trainable"] as const
    const metas = await Promise.all(kinds.map(async (kind) => (await run(kind)).substrate.meta))
    expect(metas).toEqual(kinds.map((source) => ({ source, trainable: source === "trainable" })))
  })

  it("draws the tokens for the report, white space made visible", async () => {
    const { picture } = await run("glyph")
    expect(picture.meta.captions.slice(3, 8)).toEqual(["<unk>", "↵", "␣", "A", "B"])
    const pixels = must(picture.tensors["pixels"], "pixels")
    expect(pixels.shape).toEqual([tokens.length, 16, 16])
    expect([...pixels.data.slice(5 * 256, 6 * 256)].every((p) => p === 255)).toBe(true)
    expect([...pixels.data.slice(6 * 256, 7 * 256)].filter((p) => p === 0).length).toBeGreaterThan(10)
  })

  it("refuses a tokenizer without a vocabulary, naming the port", async () => {
    const broken = resultOf(glyphSubstrate.run({ tokenizer: { model: {} } }, { kind: "glyph", width: 8, font: "" }, runContext()))
    await expect(broken).rejects.toThrow(/port tokenizer: expected a tokenizer\.json with model\.vocab/)
  })

  it("depends on the font's file", () => {
    expect(glyphSubstrate.files?.({ kind: "glyph", width: 8, font: "" })[0]).toMatch(/unifontex-latin-400-normal\.woff$/)
    expect(glyphSubstrate.files?.({ kind: "glyph", width: 8, font: "/fonts/unifont.hex" })).toEqual(["/fonts/unifont.hex"])
  })
})

describe("controls", () => {
  it("codes are the bits of the id, plus or minus a quarter", () => {
    const { data } = codeRows(6)
    expect([...data.slice(5 * 16, 5 * 16 + 4)]).toEqual([0.25, -0.25, 0.25, -0.25])
    expect(equalRows(codeRows(4096))).toEqual([])
  })

  it("random rows are spread evenly: the mean of many is near zero", () => {
    const { data } = randomRows(2000, 8, random("x"))
    const sums = new Float64Array(8)
    data.forEach((x, i) => (sums[i % 8] = must(sums[i % 8], "sum") + x))
    for (const x of sums.map((sum) => sum / 2000)) expect(Math.abs(x)).toBeLessThan(0.04)
  })

  it("finds rows that are equal in every bit", () => {
    expect(equalRows({ dtype: "f32", shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 1, 2, 1, 2) })).toEqual([[0, 2, 3]])
  })
})
