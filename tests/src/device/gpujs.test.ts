/** The gpu.js device: its kernels against the interpreter, how many there are, and that nothing else ran in their place. */
import fc from "fast-check"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, describe, expect, test } from "vitest"
import { ndarray, scalar, sizeOf, type Shape, type Tensors } from "../../../src/base/ndarray.ts"
import type { Device } from "../../../src/device/device.ts"
import { DeviceFailure } from "../../../src/device/device-error.ts"
import { Chain } from "../../../src/device/gpujs/chain.ts"
import type { Backend } from "../../../src/device/gpujs/dialect.ts"
import type { GpuLibrary } from "../../../src/device/gpujs/library.ts"
import { lowering } from "../../../src/device/gpujs/lowering.ts"
import { openGpujs } from "../../../src/device/gpujs/open-gpujs.ts"
import { planProgram } from "../../../src/device/gpujs/plan.ts"
import { Runner } from "../../../src/device/gpujs/runner.ts"
import { loweringVersion } from "../../../src/device/lowering-version.ts"
import { layerNorm } from "../../../src/nn/norm.ts"
import { gelu, softmax } from "../../../src/tensor/activation.ts"
import { abs, add, cast, div, eq, erf, exp, max, mul, neg, sqrt, sub, tanh, where } from "../../../src/tensor/elementwise.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { cumsum, mean, reduceMax, reduceSum, variance } from "../../../src/tensor/reduce.ts"
import { concat, reshape, transpose } from "../../../src/tensor/reshape.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { expectClose } from "../../support/close.ts"
import { interpret } from "../../support/interpreter.ts"
import { type Instruction, randomProgram } from "./gpujs-random-program.ts"

const portable = ["webasm", "cpu"] as const

const wave = (shape: Shape, phase = 0) =>
  ndarray("f32", shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.3 * i + phase)))

const opened: Device[] = []
const open = async (backend: Backend, threads = 1): Promise<Device> => {
  const device = await openGpujs(backend, { threads })
  if (E.isLeft(device)) throw new Error(device.left.reason)
  opened.push(device.right)
  return device.right
}
afterAll(async () => {
  for (const device of opened) await device.close()
})

const runOnce = async (device: Device, program: Program, inputs: Tensors): Promise<Tensors> => {
  const compiled = await device.compile(program)
  const bound = await compiled.bind({})
  const outputs = await bound.run(inputs)
  await bound.close()
  await compiled.close()
  return outputs
}

describe("kernels", () => {
  const callsOf = (program: Program) => planProgram(program, "webasm").calls.length

  test("a chain of ten elementwise ops is one kernel", () => {
    const chain = trace({ x: { shape: [64, 3] }, y: { shape: [3] } }, ({ x, y }) => ({
      out: max(sub(mul(add(exp(tanh(x)), y), 0.5), sqrt(abs(add(x, 1)))), div(x, 3)),
    }))
    expect(chain.steps.filter(({ args }) => args.length > 0)).toHaveLength(10)
    expect(callsOf(chain)).toBe(1)
  })

  test("a matrix product takes its reshaped and transposed operands, bias and activation into its kernel", () => {
    const layer = (rows: number) =>
      trace({ x: { shape: [rows, 2, 8] }, w: { shape: [8, 5] }, b: { shape: [5] } }, ({ x, w, b }) => ({
        out: gelu(add(matmul(reshape(transpose(x, [1, 0, 2]), [2 * rows, 8]), w), b)),
      }))
    expect([3, 300].map((rows) => callsOf(layer(rows)))).toEqual([1, 1])
  })

  test.each([
    ["webasm", { NN: 1, NT: 2, TN: 2, "NN of rows 2 KiB long": 2 }],
    ["cpu", { NN: 2, NT: 1, TN: 3, "NN of rows 2 KiB long": 2 }],
    ["webgpu", { NN: 1, NT: 1, TN: 1, "NN of rows 2 KiB long": 1 }],
  ] as const)("on %s, an operand that a product reads often is first written in the order in which it is read", (backend, expected) => {
    const product = (rows: number, columns: number, options: { readonly transposeA?: boolean; readonly transposeB?: boolean }) => {
      const specs = { a: { shape: options.transposeA ? [12, rows] : [rows, 12] }, b: { shape: options.transposeB ? [columns, 12] : [12, columns] } }
      return planProgram(trace(specs, ({ a, b }) => ({ out: matmul(a, b, options) })), backend).calls.length
    }
    const calls = (rows: number) => ({
      NN: product(rows, 40, {}),
      NT: product(rows, 40, { transposeB: true }),
      TN: product(rows, 40, { transposeA: true }),
      "NN of rows 2 KiB long": product(rows, 512, {}),
    })
    expect(calls(64)).toEqual(expected)
    expect(product(8, 8, { transposeA: true, transposeB: true })).toBe(1)
  })

  test("a value that is cheap is computed again, one that is not gets a kernel", () => {
    const both = (f: (x: Parameters<typeof exp>[0]) => ReturnType<typeof exp>) =>
      trace({ x: { shape: [512, 64] } }, ({ x }) => ({ rows: reduceSum(f(x), 1), columns: reduceSum(f(x), 0) }))
    // A sum along rows is two kernels on webasm: four sums of every fourth element first.
    expect(callsOf(both((x) => add(x, 1)))).toBe(3)
    expect(callsOf(both((x) => exp(x)))).toBe(4)
  })

  test.each([["cpu", 4], ["webgpu", 4], ["webasm", 6]] as const)("softmax and layer normalisation are few kernels: on %s %i at most", (backend, most) => {
    const callsOf = (program: Program) => planProgram(program, backend).calls.length
    expect(callsOf(trace({ x: { shape: [32, 64] } }, ({ x }) => ({ out: softmax(x) })))).toBeLessThanOrEqual(most)
    const norm = trace({ x: { shape: [256, 64] } }, ({ x }) => ({
      out: div(sub(x, mean(x, -1, true)), sqrt(add(variance(x, -1, true), 1e-5))),
    }))
    expect(callsOf(norm)).toBeLessThanOrEqual(most)
  })

  test("a layer normalisation does not write down what its rows are without their mean", () => {
    const program = trace({ x: { shape: [2048, 256] }, scale: { shape: [256] }, bias: { shape: [256] } }, ({ x, scale, bias }) => ({ out: layerNorm(x, scale, bias) }))
    const { calls, kernels } = planProgram(program, "webasm")
    const written = calls.map(({ kernel }) => kernels[kernel]!.output.reduce((n, extent) => n * extent, 1))
    expect(written.filter((size) => size === 2048 * 256)).toHaveLength(1)
  })

  test("equal layers share their kernels", () => {
    const deep = trace({ x: { shape: [16, 16] }, w: { shape: [16, 16] } }, ({ x, w }) => {
      let out = x
      for (let i = 0; i < 8; i++) out = tanh(matmul(out, w))
      return { out }
    })
    const plan = planProgram(deep, "webasm")
    expect(plan.calls).toHaveLength(8)
    expect(plan.kernels).toHaveLength(1)
  })

  test("no kernel reads more buffers than a WebGPU adapter must bind", () => {
    const names = Array.from({ length: 20 }, (_, i) => `x${i}`)
    const specs = Object.fromEntries(names.map((name) => [name, { shape: [3, 4] }]))
    const wide = trace(specs, (xs) => ({ sum: names.map((name) => xs[name]!).reduce(add), all: concat(names.map((name) => xs[name]!), 1) }))
    const bound = planProgram(wide, "webgpu").calls.map((call) => new Set(call.arguments.map(({ from, index }) => `${from}${index}`)).size)
    expect(Math.max(...bound)).toBeLessThanOrEqual(7)
  })

  test("outputs that are inputs, and tensors without elements, need no kernel", async () => {
    const program = trace({ x: { shape: [2, 3] }, none: { shape: [0, 3] } }, ({ x, none }) => ({ same: reshape(x, [6]), none: neg(none) }))
    expect(planProgram(program, "webasm").calls).toHaveLength(0)
    const x = wave([2, 3])
    const outputs = await runOnce(await open("webasm"), program, { x, none: ndarray("f32", [0, 3], new Float32Array(0)) })
    expect(outputs["same"]).toEqual(ndarray("f32", [6], x.data))
    expect(outputs["same"]?.data).not.toBe(x.data)
    expect(outputs["none"]?.shape).toEqual([0, 3])
  })
})

describe.each(portable)("values on %s", (backend) => {
  test("random programs have the interpreter's values", async () => {
    const device = await open(backend)
    const instruction = fc.tuple(fc.nat(1000), fc.nat(3), fc.nat(8), fc.nat(15)) as fc.Arbitrary<Instruction>
    await fc.assert(
      fc.asyncProperty(fc.array(instruction, { minLength: 4, maxLength: 24 }), async (instructions) => {
        const { program, inputs } = randomProgram(instructions)
        const outputs = await runOnce(device, program, inputs)
        const expected = interpret(program, inputs)
        for (const name of Object.keys(expected)) expectClose(outputs[name], expected[name], 1e-4)
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  test("matrix products have the interpreter's values however their operands lie", async () => {
    const device = await open(backend)
    for (const [transposeA, transposeB] of [[false, false], [false, true], [true, false], [true, true]] as const) {
      for (const [rows, inner, columns] of [[25, 19, 512], [24, 8, 40], [30, 3, 27]] as const) {
        const specs = { a: { shape: transposeA ? [2, inner, rows] : [2, rows, inner] }, b: { shape: transposeB ? [columns, inner] : [inner, columns] } }
        const program = trace(specs, ({ a, b }) => ({ out: matmul(a, tanh(b), { transposeA, transposeB }) }))
        const inputs = { a: wave(specs.a.shape), b: wave(specs.b.shape, 2) }
        expectClose((await runOnce(device, program, inputs))["out"], interpret(program, inputs)["out"], 2e-6)
      }
    }
  })

  test("erf is within 5e-7 everywhere, and exactly odd and bounded at the ends", async () => {
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 400)
    const program = trace({ x: { shape: [x.length] } }, (inputs) => ({ y: erf(inputs.x) }))
    const inputs = { x: ndarray("f32", [x.length], x) }
    const { y } = await runOnce(await open(backend), program, inputs)
    expectClose(y, interpret(program, inputs)["y"], 5e-7)
    expect(y?.data[0]).toBe(-(y?.data[4000] ?? 0))
    expect(y?.data[2000]).toBe(0)
  })

  test("exp and tanh are within a few units in the last place, and exact at the ends", async () => {
    const x = Float32Array.from({ length: 8001 }, (_, i) => (i - 4000) * 0.0217)
    const ends = Float32Array.of(-Infinity, -200, -100, 0, 88.5, 100, Infinity, NaN)
    const program = trace({ x: { shape: [x.length] }, ends: { shape: [ends.length] } }, (given) => ({
      exp: exp(given.x), tanh: tanh(given.x), expEnds: exp(given.ends), tanhEnds: tanh(given.ends),
    }))
    const out = await runOnce(await open(backend), program, { x: ndarray("f32", [x.length], x), ends: ndarray("f32", [ends.length], ends) })
    const worst = (name: string, exact: (a: number) => number) =>
      x.reduce((most, a, i) => Math.max(most, Math.abs(out[name]!.data[i]! - exact(a)) / Math.max(Math.abs(exact(a)), 1e-30)), 0)
    expect(worst("exp", Math.exp)).toBeLessThan(4e-7)
    expect(worst("tanh", Math.tanh)).toBeLessThan(6e-7)
    const [, , , one, large, ...rest] = out["expEnds"]!.data
    expect([...out["expEnds"]!.data.slice(0, 3), one]).toEqual([0, 0, Math.fround(Math.exp(-100)) > 0 && backend === "cpu" ? expect.any(Number) : 0, 1])
    expect((large ?? 0) / Math.exp(88.5)).toBeCloseTo(1, 6)
    expect(rest).toEqual([Infinity, Infinity, NaN])
    const limits = [...out["tanhEnds"]!.data]
    expect(limits[3]).toBe(0)
    expect(limits[7]).toBeNaN()
    for (const [i, limit] of [[0, -1], [1, -1], [5, 1], [6, 1]] as const) expect(Math.abs(limits[i]! - limit)).toBeLessThan(2e-7)
  })

  test("long sums and scans keep f32 accuracy, whatever the length", async () => {
    const program = trace({ x: { shape: [5, 4099] }, ones: { shape: [2503] } }, ({ x, ones }) => ({
      total: reduceSum(x),
      rows: reduceSum(x, 1),
      count: cumsum(ones),
    }))
    const x = ndarray("f32", [5, 4099], Float32Array.from({ length: 5 * 4099 }, (_, i) => i % 1009))
    const ones = ndarray("f32", [2503], new Float32Array(2503).fill(1))
    const { total, rows, count } = await runOnce(await open(backend), program, { x, ones })
    const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0)
    expect((total?.data[0] ?? 0) / sum(x.data)).toBeCloseTo(1, 6)
    rows?.data.forEach((value, i) => expect(value / sum(x.data.slice(i * 4099, (i + 1) * 4099))).toBeCloseTo(1, 6))
    expect(count?.data).toEqual(Float32Array.from({ length: 2503 }, (_, i) => i + 1))
  })

  test("a mask of minus infinity leaves softmax exact", async () => {
    const program = trace({ x: { shape: [2, 4] }, keep: { shape: [2, 4], dtype: "bool" } }, ({ x, keep }) => ({
      out: softmax(where(keep, x, -Infinity)),
    }))
    const inputs = { x: wave([2, 4]), keep: ndarray("bool", [2, 4], Uint8Array.of(1, 0, 1, 0, 0, 0, 0, 1)) }
    const { out } = await runOnce(await open(backend), program, inputs)
    expectClose(out, interpret(program, inputs)["out"], 1e-6)
    expect(Array.from(out?.data.slice(4) ?? [])).toEqual([0, 0, 0, 1])
  })

  test("a maximum equals the element it was taken from, also where the element is computed again", async () => {
    const program = trace({ x: { shape: [40, 9] } }, ({ x }) => {
      const y = exp(tanh(mul(x, 0.7)))
      return { top: reduceSum(cast(eq(y, reduceMax(y, 1, true)), "f32"), 1) }
    })
    const { top } = await runOnce(await open(backend), program, { x: wave([40, 9]) })
    expect(top).toEqual(ndarray("f32", [40], new Float32Array(40).fill(1)))
  })

  test("resident tensors take the values of the outputs that bear their names, and nothing else comes back (D1-D4)", async () => {
    const program = trace({ w: { shape: [3] }, frozen: { shape: [3] }, x: { shape: [3] } }, ({ w, frozen, x }) => ({
      w: add(w, mul(x, frozen)),
      loss: reduceSum(w),
    }))
    const compiled = await (await open(backend)).compile(program)
    const start = { w: ndarray("f32", [3], Float32Array.of(1, 2, 3)), frozen: ndarray("f32", [3], Float32Array.of(1, 10, 100)) }
    const [one, other] = [await compiled.bind(start), await compiled.bind(start)]
    const x = ndarray("f32", [3], Float32Array.of(1, 1, 1))
    const runs = await Promise.all([one.run({ x }), one.run({ x }), other.run({ x })])
    expect(runs).toEqual([6, 117, 6].map((loss) => ({ loss: scalar("f32", loss) })))
    expect((await one.resident())["w"]?.data).toEqual(Float32Array.of(3, 22, 203))
    expect((await other.resident())["w"]?.data).toEqual(Float32Array.of(2, 12, 103))
    expect(start.w.data).toEqual(Float32Array.of(1, 2, 3))
    await expect(one.run({ x, frozen: x })).rejects.toThrow("frozen is resident")
    await expect(one.run({})).rejects.toThrow("x is missing")
    await compiled.close()
  })

  test("integers that f32 cannot hold are refused", async () => {
    const program = trace({ i: { shape: [1], dtype: "i32" } }, ({ i }) => ({ twice: add(i, i) }))
    const compiled = await (await open(backend)).compile(program)
    const bound = await compiled.bind({})
    const of = (value: number) => ({ i: ndarray("i32", [1], Int32Array.of(value)) })
    expect((await bound.run(of(4_000_000)))["twice"]?.data).toEqual(Int32Array.of(8_000_000))
    await expect(bound.run(of(9_000_000))).rejects.toThrow("2^24")
    await expect(bound.run(of(2 ** 24))).rejects.toThrow("2^24")
    await compiled.close()
  })
})

test.each(portable)("%s gives the same bytes on every run and with any number of threads", async (backend) => {
  const program = trace({ x: { shape: [96, 64] }, w: { shape: [64, 80] } }, ({ x, w }) => ({
    out: softmax(gelu(matmul(tanh(x), w))),
    total: reduceSum(matmul(x, w)),
  }))
  const inputs = { x: wave([96, 64]), w: wave([64, 80], 1) }
  const [alone, together] = [await open(backend, 1), await open(backend, 2)]
  const first = await runOnce(alone, program, inputs)
  expect(await runOnce(alone, program, inputs)).toEqual(first)
  expect(await runOnce(together, program, inputs)).toEqual(first)
  expect(together.family).toBe(alone.family)
})

test("the family names the backend, the library's version and that of the lowering, and not the threads (D8)", async () => {
  expect((await open("webasm")).family).toMatch(/^gpujs-webasm \d+\.\d+\.\d+ [0-9a-f]{8}$/)
  expect((await open("cpu", 2)).family).toBe((await open("cpu")).family)
  expect(lowering()).toBe(loweringVersion(...["gpujs-device", "library"].map((name) => new URL(`../../../src/device/gpujs/${name}.ts`, import.meta.url))))
})

describe("fallbacks", () => {
  const program = trace({ x: { shape: [4] } }, ({ x }) => ({ out: neg(x) }))

  /** gpu.js as it looks when a pipeline ran somewhere else than asked. */
  const library = (backend: string, executorKind: string, fallbackReason: string | null): GpuLibrary => ({
    version: "test",
    adapter: undefined,
    input: (values) => values,
    start: () => ({
      createKernel: () => Object.assign(() => undefined, { kernel: { constructor: { mode: backend } }, destroy: () => undefined }),
      createPipeline: () =>
        Object.assign(async () => [new Float32Array(4)], { backend, executorKind, fallbackReason, destroy: async () => undefined }),
      destroy: async () => undefined,
    }),
  })
  const run = (asked: Backend, ...ran: Parameters<typeof library>) =>
    new Runner(library(...ran), asked, planProgram(program, asked), 1).run([new Float32Array(4)])

  test("a pipeline that another backend ran is refused, and the error says which", async () => {
    const failure = await run("webasm", "cpu", "generic", "no room").catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(DeviceFailure)
    expect((failure as DeviceFailure).error).toMatchObject({ _tag: "silent-fallback", device: "gpujs:webasm", actual: "cpu (generic)" })
    expect((failure as DeviceFailure).message).toContain("no room")
  })

  test("a kernel with resident tensors that gave back anything but a buffer on the GPU is refused too", async () => {
    const chain = new Chain(library("cpu", "generic", null), planProgram(program, "webgpu"))
    const failure = await chain.upload(new Float32Array(4)).catch((error: unknown) => error)
    expect((failure as DeviceFailure).error).toMatchObject({ _tag: "silent-fallback", device: "gpujs:webgpu", actual: "cpu" })
  })

  test("so is one that left the device between kernels, and one that ran where asked is not", async () => {
    await expect(run("webgpu", "webgpu", "generic", "too large")).rejects.toThrow("gpu.js ran webgpu (generic): too large")
    await expect(run("webgpu", "webgpu", "fused-encoder", null)).resolves.toBeInstanceOf(Map)
    await expect(run("cpu", "cpu", "generic", "the fused executor requires webasm")).resolves.toBeInstanceOf(Map)
  })
})
