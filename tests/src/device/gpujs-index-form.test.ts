/** Index arithmetic against plain integers, and its kernel text on the backends themselves. */
import fc from "fast-check"
import { createRequire } from "node:module"
import { expect, test } from "vitest"
import { type Backend, dialects, quotientText, remainderText } from "../../../src/device/gpujs/dialect.ts"
import { Atoms, constantForm, type Form, flatten, scale, sum } from "../../../src/device/gpujs/index-form.ts"

/** Value of a form when the axes have the given values. */
const evaluate = (form: Form, axes: readonly number[]): number =>
  form.terms.reduce((total, { atom, factor }) => {
    if (atom.kind === "axis") return total + factor * axes[atom.axis]!
    if (atom.kind === "name") throw new Error("no names here")
    const inner = evaluate(atom.of, axes)
    return total + factor * (atom.kind === "div" ? Math.floor(inner / atom.by) : inner % atom.by)
  }, form.offset)

test("quotients and remainders of forms are those of the integers", () => {
  const term = fc.record({ extent: fc.integer({ min: 1, max: 7 }), factor: fc.integer({ min: 0, max: 48 }) })
  const terms = fc.array(term, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(terms, fc.integer({ min: -20, max: 20 }), fc.integer({ min: 1, max: 24 }), fc.nat(), (terms, offset, by, seed) => {
      const atoms = new Atoms()
      const form = terms.reduce((f, { extent, factor }, axis) => sum(f, scale(atoms.axis(axis, extent), factor)), constantForm(offset))
      const axes = terms.map(({ extent }, i) => (seed >> (3 * i)) % extent)
      const value = evaluate(form, axes)
      const [quotient, remainder] = atoms.divide(form, by)
      expect(evaluate(quotient, axes)).toBe(Math.floor(value / by))
      expect(evaluate(remainder, axes)).toBe(value - Math.floor(value / by) * by)
    }),
  )
})

test("a reshape that splits and merges whole axes leaves no division behind", () => {
  const atoms = new Atoms()
  const coords = [atoms.axis(0, 8), atoms.axis(1, 32), atoms.axis(2, 4), atoms.axis(3, 16)]
  const there = atoms.unflatten(flatten(coords, [8, 32, 4, 16]), [256, 64])
  const back = atoms.unflatten(flatten(there, [256, 64]), [8, 32, 4, 16])
  expect([...there, ...back].flatMap((form) => form.terms.map(({ atom }) => atom.kind))).not.toContain("div")
  expect(back).toEqual(coords)
})

test("a reshape that cuts across axes and is undone leaves nothing behind either", () => {
  const atoms = new Atoms()
  const coords = [atoms.axis(0, 6), atoms.axis(1, 10)]
  const there = atoms.unflatten(flatten(coords, [6, 10]), [4, 15])
  expect(there.flatMap((form) => form.terms.map(({ atom }) => atom.kind))).toContain("div")
  expect(flatten(there, [4, 15])).toEqual(flatten(coords, [6, 10]))
})

const { GPU } = createRequire(import.meta.url)("gpu.js") as {
  readonly GPU: new (settings: { readonly mode: Backend }) => {
    createKernel(source: string, settings: { readonly output: readonly number[] }): () => Float32Array
    destroy(): Promise<void>
  }
}

test.each<readonly [Backend, number]>([
  ["webasm", 0],
  ["webasm", 2 ** 24 - 700],
  ["webasm", 2 ** 30 - 100],
  ["cpu", 0],
  ["cpu", 2 ** 30 - 100],
])("division inside %s kernels is exact around %i", async (backend, start) => {
  const gpu = new GPU({ mode: backend })
  const cells = 1024
  for (const by of [3, 7, 10, 32, 96, 1000, 65537, 1000003]) {
    const text = `(this.thread.x + ${start})`
    const high = start + cells - 1
    const first = Math.floor(start / by)
    const run = (text: string) => Array.from(gpu.createKernel(`function () { return (${text}); }`, { output: [cells] })())
    const quotients = run(`${quotientText(text, high, by, dialects[backend])} - ${first}`)
    expect(quotients).toEqual(Array.from({ length: cells }, (_, i) => Math.floor((start + i) / by) - first))
    const remainders = run(`${remainderText(text, high, by, dialects[backend])} + 0`)
    expect(remainders).toEqual(Array.from({ length: cells }, (_, i) => (start + i) % by))
  }
  await gpu.destroy()
})
