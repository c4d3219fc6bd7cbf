/**
 * Dtypes in which values are stored and not calculated with, on every device: 16-bit floats pattern by pattern and through every
 * place a tensor can be in, and weights quantised to u8 by channel.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { decodeHalves, encodeHalves, type Half } from "../../../src/base/half.ts"
import { bytesOf, type NdArray, ndarray, type Tensors, zeros } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { wholeDeviceNames, type Device } from "../../../src/device/device.ts"
import { dequantise, gridOf, quantise } from "../../../src/nn/quantise.ts"
import { add, cast } from "../../../src/tensor/elementwise.ts"
import { gather } from "../../../src/tensor/indexing.ts"
import { scan } from "../../../src/tensor/loop.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { broadcastTo, concat, reshape, slice, transpose } from "../../../src/tensor/reshape.ts"
import { constant } from "../../../src/tensor/source.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { openIfPresent, runOnce } from "../../support/any-device.ts"
import { floats } from "./conformance/values.ts"

const formats: readonly Half[] = ["f16", "bf16"]
const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i)

/** Every number of the format, and what lies a quarter, half and three quarters of the way to the next; f32 subnormals left out. */
const between = (format: Half, smallest: number): NdArray => {
  const numbers = decodeHalves(format, patterns.slice(0, format === "f16" ? 0x7c00 : 0x7f80))
  const values = [...numbers].flatMap((value, i) => [0, 0.25, 0.5, 0.75].map((part) => value + part * ((numbers[i + 1] ?? 2 * value - numbers[i - 1]!) - value)))
  const kept = values.filter((value) => value === 0 || value >= smallest)
  return ndarray("f32", [2 * kept.length], Float32Array.from([...kept, ...kept.map((value) => -value)]))
}

/** Whether types are equal and all bytes; `toEqual` takes seconds for so many elements. */
const same = (got: NdArray | undefined, want: NdArray): boolean =>
  got?.dtype === want.dtype && got.shape.join() === want.shape.join() && Buffer.compare(bytesOf(got), bytesOf(want)) === 0

describe.each(wholeDeviceNames)("%s", (name) => {
  let device: Device | undefined
  beforeAll(async () => {
    device = await openIfPresent(name)
  })
  afterAll(async () => device?.close())
  // A GPU may take f32 subnormals for zero, and only bf16 has numbers among them.
  const smallest = name === "gpujs:webgpu" ? 2 ** -126 : 0

  const run = (program: Program, inputs: Tensors): Promise<Tensors> => runOnce(device!, program, inputs)

  test.for(formats)("every %s goes in, is moved and comes out bit by bit, and casts to f32 exactly (T6)", async (format, context) => {
    if (device === undefined) return context.skip()
    const numbers = decodeHalves(format, patterns)
    const at = patterns.filter((bits) => !Number.isNaN(numbers[bits]) && (Math.abs(numbers[bits]!) >= smallest || numbers[bits] === 0))
    const x = ndarray(format, [at.length], at)
    const half = at.length / 2
    const program = trace({ x: { shape: [at.length], dtype: format } }, ({ x }) => ({
      same: x,
      wide: cast(x, "f32"),
      moved: transpose(reshape(x, [2, half])),
      back: cast(cast(x, "f32"), format),
    }))
    const outputs = await run(program, { x })
    const wide = ndarray("f32", [at.length], decodeHalves(format, at))
    const moved = ndarray(format, [half, 2], Uint16Array.from(at, (_, i) => at[(i % 2) * half + (i >> 1)]!))
    for (const [name, want] of Object.entries({ same: x, back: x, wide, moved })) expect([name, same(outputs[name], want)]).toEqual([name, true])
  })

  test.for(formats)("a cast to %s rounds to the nearest, ties to even, between all its numbers (T6)", async (format, context) => {
    if (device === undefined) return context.skip()
    const x = between(format, smallest)
    const program = trace({ x: { shape: x.shape } }, ({ x }) => ({ y: cast(x, format), z: cast(cast(x, format), "f32") }))
    const { y, z } = await run(program, { x })
    const bits = encodeHalves(format, x.data)
    expect([same(y, ndarray(format, x.shape, bits)), same(z, ndarray("f32", x.shape, decodeHalves(format, bits)))]).toEqual([true, true])
  })

  test.for(formats)("%s can be a constant, weights that stay on the device, and what an update gives back (D2, T6)", async (format, context) => {
    if (device === undefined) return context.skip()
    const table = ndarray(format, [3, 2], encodeHalves(format, [1, 2, 3, 4, 5, 6]))
    const program = trace({ w: { shape: [3, 2], dtype: format }, step: { shape: [2] } }, ({ w, step }) => ({
      w: cast(add(cast(w, "f32"), step), format),
      rows: gather(concat([w, constant(table)], 0), constant(ndarray("i32", [2], Int32Array.of(4, 0)))),
      wide: broadcastTo(slice(w, { axis: 0, start: 2 }), [2, 2]),
    }))
    const start = ndarray(format, [3, 2], encodeHalves(format, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    const compiled = await device.compile(program)
    const bound = await compiled.bind({ w: start })
    const step = ndarray("f32", [2], Float32Array.of(0.01, -0.01))
    const first = await bound.run({ step })
    const [a, b] = [start.data[0]!, start.data[1]!]
    expect(first["rows"]).toEqual(ndarray(format, [2, 2], Uint16Array.of(table.data[2]!, table.data[3]!, a, b)))
    expect(first["wide"]).toEqual(ndarray(format, [2, 2], Uint16Array.of(start.data[4]!, start.data[5]!, start.data[4]!, start.data[5]!)))
    const moved = (w: Uint16Array) => encodeHalves(format, decodeHalves(format, w).map((value, i) => value + Math.fround(i % 2 === 0 ? 0.01 : -0.01)))
    await bound.run({ step })
    expect((await bound.resident())["w"]).toEqual(ndarray(format, [3, 2], moved(moved(start.data))))
    await compiled.close()
  })

  test.for(formats)("a loop carries, takes and stacks %s (T3, T6)", async (format, context) => {
    if (device === undefined) return context.skip()
    const steps = ndarray(format, [5, 2], encodeHalves(format, [0.1, 1, 0.01, -3, 100, 0.2, -0.7, 0.5, 0, 7]))
    const program = trace({ total: { shape: [2], dtype: format }, steps: { shape: [5, 2], dtype: format } }, ({ total, steps }) => {
      const loop = scan({ carry: { total }, over: { step: steps } }, ({ total }, { step }) => {
        const next = cast(add(cast(total, "f32"), cast(step, "f32")), format)
        return { carry: { total: next }, out: { sums: next } }
      })
      return { total: loop.carry.total, sums: loop.out.sums }
    })
    const outputs = await run(program, { total: zeros(format, [2]), steps })
    const sums: number[] = []
    for (const [i, step] of [...decodeHalves(format, steps.data)].entries()) sums.push(decodeHalves(format, encodeHalves(format, [(sums[i - 2] ?? 0) + step]))[0]!)
    expect(outputs["sums"]).toEqual(ndarray(format, [5, 2], encodeHalves(format, sums)))
    expect(outputs["total"]).toEqual(ndarray(format, [2], encodeHalves(format, sums.slice(-2))))
  })

  test("weights quantised to u8 with a scale a channel come back within half a step, and quantise to the same bytes again (T6)", async (context) => {
    if (device === undefined) return context.skip()
    const weights = floats(random("weights"), [16, 32], -3, 3)
    const program = trace({ w: { shape: [16, 32] } }, ({ w }) => {
      const grid = gridOf(w, 1)
      const q = quantise(w, grid)
      const back = dequantise(q, grid)
      return { q, back, scale: grid.scale, again: quantise(back, grid) }
    })
    const { q, back, scale, again } = await run(program, { w: weights })
    expect(q?.dtype).toBe("u8")
    expect(new Set(q?.data).size).toBeGreaterThan(100)
    expect(again).toEqual(q)
    const far = weights.data.map((value, i) => Math.abs(value - back!.data[i]!) / scale!.data[i >> 5]!)
    expect(Math.max(...far)).toBeLessThan(1.01)
    expect(far.filter((steps) => steps <= 0.5001).length).toBeGreaterThan(0.99 * far.length)
  })
})
