import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { posteriorMixture, probabilityMean } from "../../../nodes/merger/mixture.ts"
import { shares } from "../../../nodes/port/composition.ts"

const posteriorMean = (experts: readonly Float32Array[], prior: readonly number[], document: Int32Array) => posteriorMixture(prior)(experts, document)
const logp = fc.double({ min: -20, max: 0, noNaN: true })
const pair = fc.integer({ min: 1, max: 40 }).chain((n) =>
  ((exactly) => fc.tuple(fc.array(logp, exactly), fc.array(logp, exactly), fc.array(fc.boolean(), exactly)))({ minLength: n, maxLength: n }),
)
const weight = fc.double({ min: 0.01, max: 0.99, noNaN: true })

describe("probabilityMean", () => {
  it("is the log of the weighted mean of probabilities", () => {
    const mixed = probabilityMean([Float32Array.of(Math.log(0.5), Math.log(0.1)), Float32Array.of(Math.log(0.25), Math.log(0.3))], [0.5, 0.5])
    expect([...mixed].map(Math.exp)).toEqual([expect.closeTo(0.375, 6), expect.closeTo(0.2, 6)])
  })

  it("loses at most ln 2 to the better of two experts, and never more than the mean loss, on every token", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const mixed = probabilityMean([Float32Array.from(a), Float32Array.from(b)], [0.5, 0.5])
        mixed.forEach((x, i) => {
          expect(-x).toBeLessThanOrEqual(Math.min(-(a[i] as number), -(b[i] as number)) + Math.LN2 + 1e-5)
          expect(-x).toBeLessThanOrEqual((-(a[i] as number) - (b[i] as number)) / 2 + 1e-5)
        })
      }),
    )
  })

  it("is the first expert at weight 1 and the second at weight 0, to the bit", () => {
    const [a, b] = [Float32Array.of(-1.25, -3), Float32Array.of(-0.5, -7)]
    expect(probabilityMean([a, b], shares(1, 2))).toEqual(a)
    expect(probabilityMean([a, b], shares(0, 2))).toEqual(b)
  })
})

describe("posteriorMean", () => {
  it("follows Bayes' rule within a document and forgets at its end", () => {
    const a = Float32Array.from([0.9, 0.9, 0.9], Math.log)
    const b = Float32Array.from([0.1, 0.1, 0.1], Math.log)
    const mixed = [...posteriorMean([a, b], [0.5, 0.5], Int32Array.of(0, 0, 1))].map(Math.exp)
    expect(mixed).toEqual([expect.closeTo(0.5, 6), expect.closeTo(0.9 * 0.9 + 0.1 * 0.1, 6), expect.closeTo(0.5, 6)])
  })

  it("goes on from chunk to chunk as if there were one", () => {
    fc.assert(
      fc.property(pair, weight, fc.nat(40), ([a, b, ends], w, at) => {
        let d = 0
        const document = Int32Array.from(ends, (end) => (end ? d++ : d))
        const experts = [Float32Array.from(a), Float32Array.from(b)]
        const cut = posteriorMixture([w, 1 - w])
        const chunks = [[0, Math.min(at, a.length)], [Math.min(at, a.length), a.length]].map(([from, to]) => cut(experts.map((xs) => xs.slice(from, to)), document.slice(from, to)))
        expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...posteriorMean(experts, [w, 1 - w], document)])
      }),
    )
  })

  it("has a regret of at most -ln w to each expert, document by document", () => {
    fc.assert(
      fc.property(pair, weight, ([a, b, ends], w) => {
        let d = 0
        const document = Int32Array.from(ends, (end) => (end ? d++ : d))
        const mixed = posteriorMean([Float32Array.from(a), Float32Array.from(b)], [w, 1 - w], document)
        for (let index = 0; index <= d; index++) {
          const total = (xs: ArrayLike<number>) => Array.from(xs).reduce((sum, x, i) => (document[i] === index ? sum - x : sum), 0)
          expect(total(mixed)).toBeLessThanOrEqual(total(a) - Math.log(w) + 1e-3)
          expect(total(mixed)).toBeLessThanOrEqual(total(b) - Math.log(1 - w) + 1e-3)
        }
      }),
    )
  })
})

describe("shares", () => {
  it("gives the first expert the weight and the others equal parts of the rest", () => {
    expect(shares(0.5, 3)).toEqual([0.5, 0.25, 0.25])
    expect(shares(0.3, 1)).toEqual([1])
  })
})
