/** What the webasm kernel reads at once, that its loops count in integers, and that its results are those of gpu.js's own, to the bit. */
import { createRequire } from "node:module"
import { describe, expect, it, test } from "vitest"
import { laneStep, type SyntaxNode } from "../../../src/device/gpujs/lane-step.ts"
import { contiguousKernel, type WasmKernelClass } from "../../../src/device/gpujs/wasm-kernel.ts"

interface Built {
  (...args: readonly unknown[]): readonly Float32Array[] | Float32Array
  /** `_active` is the compiled module of the last run. */
  readonly kernel: { readonly _active: { readonly bytes: Uint8Array } }
}
interface GpuModule {
  readonly GPU: new (settings: { readonly mode: "webasm" }) => {
    Kernel: unknown
    createKernel(source: string, settings: { readonly output: readonly number[] }): Built
    destroy(): Promise<void>
  }
  readonly WebAssemblyKernel: WasmKernelClass
  readonly input: (values: Float32Array, size: readonly number[]) => unknown
}
const library = createRequire(import.meta.url)("gpu.js") as GpuModule

const values = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i))

/** Vector instructions are a prefix byte and a number: 0 is `v128.load`, 32 puts one float into a lane. */
const count = (bytes: Uint8Array, instruction: number): number => bytes.filter((byte, i) => byte === 0xfd && bytes[i + 1] === instruction).length
/** `i32.trunc_sat_f32_s`: a float became an index. */
const conversions = (bytes: Uint8Array): number => bytes.filter((byte, i) => byte === 0xfc && bytes[i + 1] === 0).length

const run = async (source: string, output: readonly number[], own: boolean) => {
  const gpu = new library.GPU({ mode: "webasm" })
  if (own) gpu.Kernel = contiguousKernel(library.WebAssemblyKernel)
  const kernel = gpu.createKernel(source, { output })
  const rows = kernel(library.input(values, [values.length]), library.input(values, [values.length]))
  const { bytes } = kernel.kernel._active
  const numbers = Array.isArray(rows) ? (rows as Float32Array[]).flatMap((row) => [...row]) : [...(rows as Float32Array)]
  const outcome = { numbers, together: count(bytes, 0), lanes: count(bytes, 32), conversions: conversions(bytes) }
  await gpu.destroy()
  return outcome
}

describe.each([
  ["a row", "a[this.thread.x + 3]", [40], 1, 0],
  ["rows of a width that four does not divide", "a[this.thread.x + this.thread.y * 13] + b[this.thread.y]", [13, 7], 1, 0],
  ["two axes in one row of threads", "a[(this.thread.x >> 5) * 40 + (this.thread.x & 31)] * b[(this.thread.x >> 5)]", [128], 1, 0],
  ["axes of no power of two", "a[(this.thread.x - ((this.thread.x / 12) | 0) * 12) + ((this.thread.x / 12) | 0) * 20]", [96], 1, 0],
  ["every third element", "a[this.thread.x * 3]", [40], 0, 3],
  ["neighbours that are not within one group", "a[(this.thread.x & 1) + (this.thread.x >> 1) * 7]", [40], 0, 3],
  ["what another element names", "a[(b[this.thread.x] * 3.0 + 5.0) | 0]", [40], 1, 3],
  ["only where a condition that lanes do not share holds", "(this.thread.x > 2 ? a[this.thread.x - 2] : 0.5)", [40], 0, 3],
] as const)("a kernel that reads %s", (_, expression, output, together, lanes) => {
  test(`loads ${together} times four at once and ${lanes} single lanes, with the same results`, async () => {
    const source = `function (a, b) { return ${expression} + 0.0; }`
    const [own, stock] = [await run(source, output, true), await run(source, output, false)]
    expect(stock.together).toBe(0)
    expect({ together: own.together, lanes: own.lanes }).toEqual({ together, lanes })
    expect(own.numbers).toEqual(stock.numbers)
  })
})

test("a loop counts in integers: no float becomes an index", async () => {
  const source = "function (a, b) { let s = 0.5; for (let k = 0; k < 9; k++) { s = s + a[this.thread.y * 9 + k] * b[this.thread.x + k * 12]; } return s; }"
  const [own, stock] = [await run(source, [12, 5], true), await run(source, [12, 5], false)]
  expect(own.conversions).toBe(0)
  expect(stock.conversions).toBeGreaterThan(0)
  expect(own.numbers).toEqual(stock.numbers)
})

describe("the step of an index from lane to lane", () => {
  const { parse } = createRequire(createRequire(import.meta.url).resolve("gpu.js"))("acorn") as { parse(text: string, options: object): { body: readonly { expression: SyntaxNode }[] } }
  const isVarying = (node: SyntaxNode): boolean => /"x"/.test(JSON.stringify(node))
  const step = (text: string) => laneStep(parse(text, { ecmaVersion: 2020 }).body[0]!.expression, isVarying)
  const evaluate = (text: string, x: number): number => Function("x", "k", `return ${text.replaceAll("this.thread.x", "x")}`)(x, 3) as number

  it.each([
    "this.thread.x", "this.thread.x + 7", "k * 4 - this.thread.x", "this.thread.x * 2 + this.thread.x", "this.thread.x >> 2", "this.thread.x >> 1",
    "this.thread.x & 7", "this.thread.x & 6", "this.thread.x & 1", "(this.thread.x + 4) & 15", "(this.thread.x + 1) & 15", "(this.thread.x + k) >> 2",
    "(this.thread.x / 20) | 0", "(this.thread.x / 6) | 0", "((this.thread.x + 2) / 20) | 0", "this.thread.x - ((this.thread.x / 20) | 0) * 20",
    "((this.thread.x - ((this.thread.x / 40) | 0) * 40) / 8) | 0", "this.thread.x * k", "this.thread.x * this.thread.x",
  ])("of %s is what four lanes show, or unknown", (text) => {
    const known = step(text)
    if (known === undefined) return
    for (let x = 0; x < 400; x += 4) {
      for (let lane = 0; lane < 4; lane++) expect(evaluate(text, x + lane)).toBe(evaluate(text, x) + lane * known)
    }
  })

  it("is known for all that the lowering writes", () => {
    expect(["this.thread.x + k", "this.thread.x >> 2", "(this.thread.x / 20) | 0"].map(step)).toEqual([1, 0, 0])
    expect(["this.thread.x & 7", "this.thread.x - ((this.thread.x / 20) | 0) * 20", "this.thread.x >> 1", "(this.thread.x / 6) | 0"].map(step)).toEqual([1, 1, undefined, undefined])
  })
})
