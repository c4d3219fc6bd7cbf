/** The onnxruntime device: conformance, and what is its own: determinism, no tensors made for state, the missing library. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { bytesOf, ndarray, type NdArray, type Tensors, zeros } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { openOnnx } from "../../../src/device/onnx/open-onnx.ts"
import { importRuntime } from "../../../src/device/onnx/runtime.ts"
import { gelu, logSoftmax, softmax } from "../../../src/tensor/activation.ts"
import { conv2d } from "../../../src/tensor/convolution.ts"
import { add, eq, mul, square, where } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { gather, scatterAdd } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { cumsum, mean, reduceSum } from "../../../src/tensor/reduce.ts"
import { reshape, slice } from "../../../src/tensor/reshape.ts"
import { iota } from "../../../src/tensor/source.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { expectClose } from "../../support/close.ts"
import { interpret } from "../../support/interpreter.ts"
import { conformance } from "./conformance.ts"
import { floats, ints } from "./conformance/values.ts"

const open = async (threads: number, importModule?: () => Promise<unknown>): Promise<Device> => {
  const device = await openOnnx({ threads }, importModule)
  if (E.isLeft(device)) throw new Error(device.left.reason)
  return device.right
}

conformance("onnx on two threads", () => open(2))

/** A step with every kind of kernel that spreads over threads, big enough that they do. */
const step = (): Program =>
  trace(
    { w: { shape: [256, 192] }, b: { shape: [192] }, x: { shape: [512, 256] }, rows: { shape: [512], dtype: "i32" } },
    ({ w, b, x, rows }) => {
      const h = gelu(add(matmul(x, w), b))
      const p = softmax(h)
      const g = matmul(x, p, { transposeA: true })
      const [images, filters] = [reshape(x, [8, 16, 32, 32]), reshape(slice(reshape(w, [-1]), { axis: 0, end: 16 * 16 * 9 }), [16, 16, 3, 3])]
      const [byImage, byFilter] = gradients(mean(square(conv2d(images, filters, { padding: "same" }))), [images, filters]) as readonly [Expr, Expr]
      return {
        byImage,
        byFilter,
        w: add(mul(w, 0.9), mul(g, 1e-2)),
        b: add(b, mean(p, 0)),
        loss: reduceSum(logSoftmax(h)),
        scan: cumsum(mean(h, 0)),
        scattered: scatterAdd(rows, gather(p, rows), 0, 7),
      }
    },
  )

const resident = (): Tensors => ({ w: floats(random("w"), [256, 192], -0.1, 0.1), b: zeros("f32", [192]) })
const batch = (i: number): Tensors => ({ x: floats(random(`x${i}`), [512, 256], -1, 1), rows: ints(random(`r${i}`), [512], 0, 7) })

/** The bytes of every result and of the final state of three steps. */
const threeSteps = async (threads: number): Promise<readonly string[]> => {
  const device = await open(threads)
  const bound = await (await device.compile(step())).bind(resident())
  const all: NdArray[] = []
  for (let i = 0; i < 3; i++) all.push(...Object.values(await bound.run(batch(i))))
  all.push(...Object.values(await bound.resident()))
  await device.close()
  return all.map((array) => Buffer.from(bytesOf(array)).toString("base64"))
}

describe("determinism", () => {
  it("gives the same bytes on one thread, on two, and again (D4)", async () => {
    const one = await threeSteps(1)
    expect(await threeSteps(2)).toEqual(one)
    expect(await threeSteps(2)).toEqual(one)
  })

  it("names a family that holds the library's version and does not hold the number of threads (D4)", async () => {
    const [one, two] = [await open(1), await open(2)]
    expect(one.family).toMatch(/^onnx-cpu \d+\.\d+\.\d+ \w+-.* [0-9a-f]{8}$/)
    expect(two.family).toBe(one.family)
    await Promise.all([one.close(), two.close()])
  })
})

/** The runtime, and how many tensors and sessions it was asked for. */
const counted = async () => {
  const { InferenceSession, Tensor, env } = ((await importRuntime()) as { readonly default: Runtime }).default
  const counts = { tensors: 0, sessions: 0, released: 0 }
  class Counted extends Tensor {
    constructor(...args: ConstructorParameters<typeof Tensor>) {
      super(...args)
      counts.tensors++
    }
  }
  const create = async (...args: Parameters<typeof InferenceSession.create>) => {
    counts.sessions++
    const session = await InferenceSession.create(...args)
    return {
      run: session.run.bind(session),
      release: () => {
        counts.released++
        return session.release()
      },
    }
  }
  // Opening a device asks the library for the block of this processor, with a session of its own.
  const reset = () => Object.assign(counts, { tensors: 0, sessions: 0, released: 0 })
  return { counts, reset, importModule: async () => ({ InferenceSession: { create }, Tensor: Counted, env }) }
}
interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<{ run(feeds: object, fetches: object): Promise<unknown>; release(): Promise<void> }>
  }
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => object
  readonly env: unknown
}

describe("memory", () => {
  it("makes no tensor for state when it runs: only one for each argument and each result (D2)", async () => {
    const { counts, reset, importModule } = await counted()
    const device = await open(1, importModule)
    reset()
    const bound = await (await device.compile(step())).bind(resident())
    expect(counts.tensors).toBe(2 * (2 + 2))
    const inputs = batch(0)
    for (let i = 0; i < 5; i++) {
      const before = counts.tensors
      await bound.run(inputs)
      expect(counts.tensors - before).toBe(Object.keys(inputs).length + ["byImage", "byFilter", "loss", "scan", "scattered"].length)
    }
    await device.close()
  })

  it("keeps one session for programs of equal structure and releases it with the last (D1)", async () => {
    const { counts, reset, importModule } = await counted()
    const device = await open(1, importModule)
    reset()
    const [a, b] = await Promise.all([device.compile(step()), device.compile(step())])
    await Promise.all([a.bind(resident()), b.bind(resident()), b.bind(resident())])
    expect(counts).toMatchObject({ sessions: 1, released: 0 })
    await a.close()
    await a.close()
    expect(counts.released).toBe(0)
    await b.close()
    expect(counts.released).toBe(1)
    await (await device.compile(step())).bind(resident())
    await device.close()
    expect(counts).toMatchObject({ sessions: 2, released: 2 })
  })

  it("keeps a session for each binding that holds constants, whose model they are part of, and releases it with the binding (D1, D2)", async () => {
    const { counts, importModule } = await counted()
    const device = await open(1, importModule)
    const { sessions, released } = counts
    const program = trace({ x: { shape: [2, 300] }, w: { shape: [300, 4] }, b: { shape: [4] } }, ({ x, w, b }) => ({ y: add(matmul(x, w), b) }))
    const constants = (seed: string): Tensors => ({ w: floats(random(seed), [300, 4], -1, 1), b: floats(random(`${seed} b`), [4], -1, 1) })
    const compiled = await device.compile(program)
    const given = [constants("one"), constants("two")] as const
    const bounds = [await compiled.bind(given[0]), await compiled.bind(given[1])] as const
    const x = floats(random("x"), [2, 300], -1, 1)
    const tensors = counts.tensors
    for (const [i, bound] of bounds.entries()) expectClose((await bound.run({ x }))["y"]!, interpret(program, { x, ...given[i] })["y"]!, 1e-4)
    expect(counts).toEqual({ tensors: tensors + 4, sessions: sessions + 2, released })
    expect(await bounds[0].resident()).toEqual({ b: given[0]["b"], w: given[0]["w"] })
    await bounds[0].close()
    expect(counts.released).toBe(released + 1)
    await compiled.close()
    await expect(bounds[1].run({ x })).rejects.toThrow("closed")
    expect(counts.released).toBe(released + 2)
    await device.close()
  })
})

describe("constants", () => {
  it.each([1, 2])("are those that were bound in every run, whatever is written to them later, while sessions of up to %i threads take turns (D3, D10)", async (threads) => {
    const device = await open(threads)
    const program = trace({ x: { shape: [300] }, w: { shape: [300] } }, ({ x, w }) => ({ y: mul(x, w) }))
    const [x, w] = [floats(random("x"), [300], -1, 1), floats(random("w"), [300], -1, 1)]
    const want = interpret(program, { x, w })
    const bound = await (await device.compile(program)).bind({ w })
    w.data.fill(7)
    for (let i = 0; i < 20; i++) expect(await bound.run({ x })).toEqual(want)
    await device.close()
  })
})

describe("a place of state that is replaced", () => {
  /** Row `at` of `rows` becomes `row`; `seen` reads all of it. */
  const program = trace({ rows: { shape: [4, 3] }, at: { shape: [1], dtype: "i32" }, row: { shape: [1, 3] }, table: { shape: [4] } }, ({ rows, at, row, table }) => {
    const next = where(eq(iota([4, 1], 0), reshape(at, [1, 1])), row, rows)
    return { rows: next, seen: mul(reduceSum(next, 1), gather(table, at)) }
  })
  const at = (i: number) => ndarray("i32", [1], Int32Array.of(i))
  const inputs = (i: number): Tensors => ({ at: at(i), row: floats(random(`${i}`), [1, 3], -1, 1) })

  it("is written over where it lies, and its binding is closed by a run that fails (D2)", async () => {
    const device = await open(1)
    const table = floats(random("table"), [4], 1, 2)
    let rows: NdArray = floats(random("rows"), [4, 3], -1, 1)
    const bound = await (await device.compile(program)).bind({ rows, table })
    for (const i of [2, 0, 2, 3]) {
      const want = interpret(program, { rows, table, ...inputs(i) })
      expectClose((await bound.run(inputs(i)))["seen"]!, want["seen"]!, 1e-6)
      rows = want["rows"]!
      expect((await bound.resident())["rows"]).toEqual(rows)
    }
    await expect(bound.run({ ...inputs(0), at: at(9) })).rejects.toThrow("range")
    await expect(bound.run(inputs(0))).rejects.toThrow("closed")
    await device.close()
  })
})

describe("a machine without onnxruntime", () => {
  it("is told what is missing and how to get it", async () => {
    const device = await openOnnx({ threads: 1 }, () => Promise.reject(new Error("no such package")))
    const reason = "onnxruntime-node cannot be loaded (it is optional; npm install onnxruntime-node adds it): no such package"
    expect(device).toEqual(E.left({ _tag: "library-missing", device: "onnx", reason }))
  })

  it("is not fooled by another module of that name", async () => {
    const device = await openOnnx({ threads: 1 }, async () => ({ default: { version: "0" } }))
    const reason = "onnxruntime-node is installed but is not the library expected here"
    expect(device).toMatchObject(E.left({ _tag: "library-missing", reason }))
  })
})
