/** Threads of the onnxruntime device: results never depend on them, and each program gets as many as serve it best. */
import * as E from "fp-ts/lib/Either.js"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashBytes } from "../../../src/base/hash.ts"
import { bytesOf, type NdArray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { heldOf, OnnxBound } from "../../../src/device/onnx/bound.ts"
import { withConstants } from "../../../src/device/onnx/constants.ts"
import { lowerProgram } from "../../../src/device/onnx/encode.ts"
import { openOnnx, type OnnxDevice } from "../../../src/device/onnx/open-onnx.ts"
import { encodeModel } from "../../../src/device/onnx/proto.ts"
import { importRuntime, loadRuntime, type OrtRuntime } from "../../../src/device/onnx/runtime.ts"
import { sessionOptions } from "../../../src/device/onnx/session-options.ts"
import { adamwScalars } from "../../../src/nn/adamw.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { gptForward, initGpt } from "../../../src/nn/gpt.ts"
import { attend, causalMask, joinHeads, perHead } from "../../../src/nn/attention.ts"
import { layerNorm } from "../../../src/nn/norm.ts"
import { rope, ropeTables } from "../../../src/nn/rope.ts"
import { initMoments, trainingStep } from "../../../src/nn/training-step.ts"
import { gelu, logSoftmax, softmax } from "../../../src/tensor/activation.ts"
import { add, log, mul, sin, square, sub, tanh } from "../../../src/tensor/elementwise.ts"
import { conv2d } from "../../../src/tensor/convolution.ts"
import { log1p } from "../../../src/tensor/exponential.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { gather, scatterAdd } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { cumsum, mean, reduceMax, reduceSum } from "../../../src/tensor/reduce.ts"
import { concat, reshape, slice, transpose } from "../../../src/tensor/reshape.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { atan } from "../../../src/tensor/trigonometry.ts"
import { floats, ints } from "./conformance/values.ts"

const bytes = (tensors: Tensors): readonly string[] =>
  Object.entries(tensors).map(([name, array]: [string, NdArray]) => `${name} ${hashBytes(bytesOf(array))}`)

// -- equal bytes ------------------------------------------------------------------------------------------------------

/** Extents that threads split evenly, unevenly and not at all. */
const extents = [1, 67, 128, 257, 600]

/** Ways to get a matrix from two, each big enough that onnxruntime splits it. */
const makers: readonly ((x: Expr, y: Expr, rows: Expr) => Expr | undefined)[] = [
  (x) => gelu(x),
  (x) => tanh(mul(x, 3)),
  (x) => sin(x),
  (x) => atan(x),
  (x) => log(add(square(x), 0.5)),
  (x) => log1p(square(x)),
  (x) => softmax(x),
  (x) => softmax(x, 0),
  (x) => logSoftmax(x),
  (x) => layerNorm(x, mean(x, 0), reduceSum(x, 0)),
  (x) => layerNorm(x, constant(floats(random("scale"), [x.shape[1]!], -1, 1)), constant(floats(random("bias"), [x.shape[1]!], -1, 1))),
  (x) => (x.shape[1]! % 8 === 0 ? reshape(rope(reshape(x, [1, 1, ...x.shape]), ropeTables(x.shape[0]!, x.shape[1]!)), x.shape) : undefined),
  (x) => sub(x, mean(x, -1, true)),
  (x) => mul(x, reduceSum(square(x), 0, true)),
  (x) => mul(x, tanh(reduceSum(x))),
  (x) => sub(x, reduceMax(x, 0, true)),
  (x) => cumsum(mul(x, 0.01), 1),
  (x) => cumsum(mul(x, 0.01), 0),
  (x) => transpose(x, [1, 0]),
  (x) => concat([x, tanh(x)], 0),
  (x, y) => (x.shape[1] === y.shape[0] ? mul(matmul(x, y), 0.05) : undefined),
  (x, y) => (x.shape[1] === y.shape[1] ? mul(matmul(x, y, { transposeB: true }), 0.05) : undefined),
  (x, y) => (x.shape[0] === y.shape[0] ? mul(matmul(x, y, { transposeA: true }), 0.05) : undefined),
  (x) => (x.shape[1] === 600 ? reshape(mul(matmul(stacked(x), stacked(x), { transposeB: true }), 0.05), [-1, x.shape[0]!]) : undefined),
  (x, y) => (x.shape[1] === y.shape[1] ? matmul(x, reduceSum(mul(y, 0.05), 0, true), { transposeB: true }) : undefined),
  (x, y) => (x.shape[1] === y.shape[0] ? add(x, matmul(x, reshape(mean(y, 1), [-1, 1]))) : undefined),
  (x) => (x.shape[1]! % 8 === 0 ? reshape(joinHeads(attend(heads(x), heads(mul(x, 0.1)), heads(x), causalMask(x.shape[0]!))), x.shape) : undefined),
  (x) => (x.shape[1] === 600 ? convolved(x, 20, 30) : x.shape[1] === 128 ? convolved(x, 8, 16) : undefined),
  (x, _, rows) => gather(x, rows),
  (x, _, rows) => (x.shape[0] === 257 ? scatterAdd(rows, x, 0, 67) : undefined),
]
/** f32 [1, 4, rows, columns / 4]. */
const heads = (x: Expr): Expr => perHead(reshape(x, [1, ...x.shape]), 4)

/** Six matrices side by side, as attention has its heads. */
const stacked = (x: Expr): Expr => transpose(reshape(x, [x.shape[0]!, 6, 100]), [1, 0, 2])

/** Rows as the channels of two images of `height` by `width`, through filters made of the first of them. */
const convolved = (x: Expr, height: number, width: number): Expr => {
  const images = reshape(concat([x, tanh(x)], 0), [2, x.shape[0]!, height, width])
  const filters = mul(slice(reshape(x, [-1]), { axis: 0, end: 24 * x.shape[0]! * 3 }), 0.1)
  const y = conv2d(images, reshape(filters, [24, x.shape[0]!, 1, 3]), { padding: "same" })
  return reshape(y, [48, -1])
}

interface Drawn {
  readonly shapes: readonly (readonly [number, number])[]
  readonly ops: readonly (readonly [number, number, number])[]
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  shapes: fc.array(fc.tuple(fc.constantFrom(...extents), fc.constantFrom(...extents)), { minLength: 2, maxLength: 3 }),
  ops: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 3, maxLength: 10 }),
})

/** The last values and the gradients of their mean. */
const programOf = ({ shapes, ops }: Drawn): Program => {
  const rows = input("rows", [257], "i32")
  const inputs = shapes.map((shape, i) => input(`x${i}`, shape))
  const pool: Expr[] = [...inputs]
  for (const [make, a, b] of ops) {
    // The next way that fits, from the one that was drawn.
    for (let i = 0; i < makers.length; i++) {
      const made = makers[(make + i) % makers.length]!(pool[a % pool.length]!, pool[b % pool.length]!, rows)
      if (made === undefined || made.shape.reduce((n, extent) => n * extent, 1) > 400_000) continue
      pool.push(made)
      break
    }
  }
  const last = pool.slice(-3)
  const loss = last.map((x) => mean(tanh(x))).reduce(add)
  const slopes = gradients(loss, inputs)
  const outputs = [...last, loss, ...slopes].map((x, i) => [`y${i}`, x] as const)
  return makeProgram({ inputs: [...inputs, rows], outputs: Object.fromEntries(outputs) })
}

const argumentsOf = (program: Program): Tensors =>
  Object.fromEntries(
    Object.entries(program.inputs).map(([name, index]) => {
      const { dtype, shape } = program.steps[index]!
      return [name, dtype === "i32" ? ints(random(name), shape, 0, 1) : floats(random(name), shape, -1, 1)]
    }),
  )

describe("results", () => {
  let runtime: OrtRuntime
  beforeAll(async () => {
    const loaded = await loadRuntime(importRuntime)
    if (E.isLeft(loaded)) throw new Error(loaded.left.reason)
    runtime = loaded.right
  })

  /** The bytes of every result and of the final state of `steps` runs with exactly so many threads. */
  const runWith = async (threads: number, program: Program, resident: Tensors, steps: readonly Tensors[]): Promise<readonly string[]> => {
    const copies = heldOf(program, resident)
    const { model, externalData } = withConstants(lowerProgram(program, { threads }), copies.constants)
    const session = await runtime.createSession(encodeModel(model), { ...sessionOptions(threads), externalData })
    const bound = new OnnxBound(program, runtime, session, copies)
    const all: string[] = []
    for (const inputs of steps) all.push(...bytes(await bound.run(inputs)))
    all.push(...bytes(await bound.resident()))
    await session.release()
    return all
  }

  it("of programs of large tensors, gradients included, are the same bytes on one thread, two and five (D4)", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (parts) => {
        const program = programOf(parts)
        const inputs = argumentsOf(program)
        const one = await runWith(1, program, {}, [inputs])
        for (const threads of [2, 5]) expect(await runWith(threads, program, {}, [inputs])).toEqual(one)
      }),
      { numRuns: 40, seed: 1 },
    )
  })

  it("of a training step are the same bytes on one thread, two and five, and while they are being compared (D4, D10)", async () => {
    const { program, resident, steps } = training(12)
    const one = await runWith(1, program, resident, steps)
    for (const threads of [2, 5]) expect(await runWith(threads, program, resident, steps)).toEqual(one)
    const device = await open(2)
    const bound = await (await device.compile(program)).bind(resident)
    const all: string[] = []
    for (const inputs of steps) all.push(...bytes(await bound.run(inputs)))
    all.push(...bytes(await bound.resident()))
    expect(all).toEqual(one)
    await device.close()
  })
})

/** A small GPT's step, whose steps are small enough that threads are compared. */
const training = (count: number) => {
  const config = { vocabulary: 64, substrateWidth: 32, width: 32, heads: 4, blocks: 2 }
  const optimiser = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 }
  const weights = initGpt(config, random("weights"))
  const batch = [4, 32]
  const program = trainingStep({
    trained: Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    given: { substrate: input("substrate", [64, 32]), tokens: input("tokens", batch, "i32"), targets: input("targets", batch, "i32") },
    loss: (x) => crossEntropy(gptForward(config, x, x["substrate"]!, x["tokens"]!), x["targets"]!),
    optimiser,
    clip: 1,
  })
  const resident = { ...weights, ...initMoments(weights), substrate: floats(random("substrate"), [64, 32], -1, 1) }
  const steps = Array.from({ length: count }, (_, i): Tensors => ({
    tokens: ints(random(`tokens ${i}`), batch, 0, 64),
    targets: ints(random(`targets ${i}`), batch, 0, 64),
    ...adamwScalars(optimiser, 1e-2, i + 1),
  }))
  return { program, resident, steps }
}

const open = async (threads: number, importModule = importRuntime, now?: () => number): Promise<OnnxDevice> => {
  const device = await openOnnx({ threads }, importModule, now)
  if (E.isLeft(device)) throw new Error(device.left.reason)
  return device.right
}

// -- the choice ---------------------------------------------------------------------------------------------------------

interface Runtime {
  readonly InferenceSession: { create(model: Uint8Array, options: { readonly intraOpNumThreads: number }): Promise<{ run(feeds: object, fetches: object): Promise<unknown>; release(): Promise<void> }> }
  readonly Tensor: unknown
  readonly env: unknown
}

/** onnxruntime with a clock that moves by `pace(threads)` a run, and a record of the sessions. */
const stage = async (pace: (threads: number) => number) => {
  const { InferenceSession, Tensor, env } = ((await importRuntime()) as { readonly default: Runtime }).default
  let now = 0
  const record = { made: [] as number[], runs: [] as number[], alive: 0, mostAlive: 0 }
  const create: Runtime["InferenceSession"]["create"] = async (model, options) => {
    const session = await InferenceSession.create(model, options)
    const threads = options.intraOpNumThreads
    record.made.push(threads)
    record.mostAlive = Math.max(record.mostAlive, ++record.alive)
    return {
      run: async (feeds, fetches) => {
        record.runs.push(threads)
        now += pace(threads)
        return session.run(feeds, fetches)
      },
      release: async () => {
        record.alive--
        return session.release()
      },
    }
  }
  return { record, now: () => now, importModule: async () => ({ InferenceSession: { create }, Tensor, env }) }
}

/** Opening a device asks the library for the block of this processor, with a session of its own. */
const forget = (record: { readonly made: number[]; readonly runs: number[] }): void => {
  record.made.length = 0
  record.runs.length = 0
}

/** A running sum, in which a run that is lost or made twice shows. */
const counting = (rows: number): Program =>
  trace({ sum: { shape: [rows] }, x: { shape: [rows] } }, ({ sum, x }) => ({ sum: add(sum, x), seen: mul(sum, 1) }))
const count = (device: OnnxDevice, rows: number) => {
  const one = { x: floats(random("one"), [rows], 1, 1) }
  return device.compile(counting(rows)).then(async (compiled) => {
    const bound = await compiled.bind({ sum: floats(random("zero"), [rows], 0, 0) })
    return { bound, run: async () => (await bound.run(one))["seen"]!.data[0], compiled }
  })
}

describe("the number of threads", () => {
  const devices: OnnxDevice[] = []
  afterAll(() => Promise.all(devices.map((device) => device.close())))
  const choose = async (threads: number, rows: number, pace: (threads: number) => number, runs: number) => {
    const { record, now, importModule } = await stage(pace)
    const device = await open(threads, importModule, now)
    devices.push(device)
    forget(record)
    const { run, bound } = await count(device, rows)
    const seen: (number | undefined)[] = []
    for (let i = 0; i < runs; i++) seen.push(await run())
    return { record, seen, sum: (await bound.resident())["sum"]!.data[0], threads: await device.threadsOf(counting(rows)) }
  }
  const inOrder = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

  it("is the one that measured faster; two sessions take turns, the slower is dropped, and no run is lost or made twice (D10)", async () => {
    const { record, seen, sum, threads } = await choose(2, 64, (n) => 10 / n, 20)
    expect(threads).toBe(2)
    expect(record).toMatchObject({ made: [1, 2], alive: 1, mostAlive: 2 })
    // Two alone, the first of the second session untimed, and a difference of a factor of 2 is plain after two each.
    expect(record.runs).toEqual([1, 1, 2, 1, 2, 1, 2, ...Array(13).fill(2)])
    expect(seen).toEqual(inOrder(20))
    expect(sum).toBe(20)
  })

  it("is the smaller one when more are not clearly faster (D10)", async () => {
    for (const pace of [() => 1, (n: number) => (n === 1 ? 1.04 : 1)]) {
      const { record, threads } = await choose(2, 64, pace, 20)
      expect(threads).toBe(1)
      expect(record.runs.filter((n) => n === 2)).toHaveLength(6)
      expect(record.alive).toBe(1)
    }
  })

  it("is halved or doubled as long as that is better, never with more than two sessions (D10)", async () => {
    const up = await choose(8, 64, (n) => [0, 9, 6, 6, 3, 3, 3, 3, 5][n]!, 40)
    expect([up.record.made, up.threads, up.record.mostAlive]).toEqual([[1, 2, 4, 8], 4, 2])
    const down = await choose(8, 200_000, (n) => Math.abs(n - 2) + 1, 40)
    expect([down.record.made, down.threads, down.record.mostAlive]).toEqual([[8, 4, 2, 1], 2, 2])
    expect([up.seen, down.seen]).toEqual([inOrder(40), inOrder(40)])
  })

  it("is not looked for where a program runs once or twice, where its steps are large, or where there is one thread (D10)", async () => {
    expect((await choose(2, 64, () => 1, 2)).record.made).toEqual([1])
    const large = await choose(2, 2_000_000, () => 1, 12)
    expect([large.record.made, large.threads]).toEqual([[2], 2])
    expect((await choose(1, 64, () => 1, 12)).record.made).toEqual([1])
  })

  it("may still be open when the program is closed, also in the middle of a run: both sessions go (D1, D10)", async () => {
    const { record, now, importModule } = await stage(() => 1)
    const device = await open(2, importModule, now)
    forget(record)
    const { run, compiled } = await count(device, 64)
    for (let i = 0; i < 4; i++) await run()
    expect([record.alive, await device.threadsOf(counting(64))]).toEqual([2, undefined])
    const last = run()
    await compiled.close()
    await last
    expect(record.alive).toBe(0)
    await device.close()
  })
})
