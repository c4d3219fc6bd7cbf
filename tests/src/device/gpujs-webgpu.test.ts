/** Where state lies on webgpu: what crosses between host and GPU is counted at WebGPU's own doors. Skipped without an adapter. */
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ndarray, scalar } from "../../../src/base/ndarray.ts"
import { openGpujs } from "../../../src/device/gpujs/open-gpujs.ts"
import { add, mul, sub } from "../../../src/tensor/elementwise.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { trace } from "../../../src/tensor/trace.ts"

const device = await openGpujs("webgpu", { threads: 1 })

/** The members of WebGPU's classes through which data crosses, and those through which buffers come and go. */
interface Doors {
  readonly GPUQueue: {
    readonly prototype: { writeBuffer(buffer: unknown, offset: number, data: ArrayBufferView | ArrayBuffer): void; onSubmittedWorkDone(): Promise<void> }
  }
  readonly GPUBuffer: { readonly prototype: { mapAsync(...args: readonly unknown[]): Promise<void>; destroy(): void } }
  readonly GPUDevice: { readonly prototype: { createBuffer(descriptor: { readonly size: number }): object } }
}

describe.skipIf(E.isLeft(device))("state on webgpu", () => {
  const size = 5000
  const parameters = 4 * size
  const crossed = { uploads: 0, downloads: 0, buffers: 0 }
  const doors = globalThis as unknown as Doors
  const original = E.isLeft(device) ? undefined : {
    write: doors.GPUQueue.prototype.writeBuffer,
    map: doors.GPUBuffer.prototype.mapAsync,
    create: doors.GPUDevice.prototype.createBuffer,
    destroy: doors.GPUBuffer.prototype.destroy,
  }

  beforeAll(() => {
    const { write, map, create, destroy } = original!
    doors.GPUQueue.prototype.writeBuffer = function (buffer, offset, data) {
      if (data.byteLength >= parameters) crossed.uploads++
      write.call(this, buffer, offset, data)
    }
    doors.GPUBuffer.prototype.mapAsync = function (...args) {
      crossed.downloads++
      return map.apply(this, args as [])
    }
    const alive = new WeakSet()
    doors.GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = create.call(this, descriptor)
      if (descriptor.size >= parameters) {
        crossed.buffers++
        alive.add(buffer)
      }
      return buffer
    }
    doors.GPUBuffer.prototype.destroy = function () {
      if (alive.delete(this)) crossed.buffers--
      destroy.call(this)
    }
  })
  afterAll(async () => {
    Object.assign(doors.GPUQueue.prototype, { writeBuffer: original!.write })
    Object.assign(doors.GPUBuffer.prototype, { mapAsync: original!.map, destroy: original!.destroy })
    Object.assign(doors.GPUDevice.prototype, { createBuffer: original!.create })
    if (E.isRight(device)) await device.right.close()
  })
  const counted = async (work: () => Promise<unknown>) => {
    const before = { ...crossed }
    await work()
    return { uploads: crossed.uploads - before.uploads, downloads: crossed.downloads - before.downloads, buffers: crossed.buffers - before.buffers }
  }

  /** A step with momentum: 20 KB of weights, of momentum and of a frozen tensor, and one number in and out. */
  const step = trace({ w: { shape: [size] }, m: { shape: [size] }, frozen: { shape: [size] }, rate: { shape: [] } }, ({ w, m, frozen, rate }) => {
    const moved = add(mul(m, 0.9), sub(w, frozen))
    return { m: moved, w: sub(w, mul(moved, rate)), loss: reduceSum(mul(w, w)) }
  })
  const ones = (value: number) => ndarray("f32", [size], new Float32Array(size).fill(value))

  test("it crosses when it is bound and when it is asked for, and never in between (D2, D3)", async () => {
    if (E.isLeft(device)) return
    const compiled = await device.right.compile(step)
    let bound = await compiled.bind({})
    await bound.close()
    expect(await counted(async () => (bound = await compiled.bind({ w: ones(2), m: ones(0), frozen: ones(1) })))).toMatchObject({ uploads: 3, downloads: 0 })
    await bound.run({ rate: scalar("f32", 0.5) })
    const runs = await counted(async () => {
      for (let i = 0; i < 5; i++) await bound.run({ rate: scalar("f32", 0.5) })
    })
    expect(runs).toEqual({ uploads: 0, downloads: 5, buffers: 0 })
    expect(await counted(() => bound.resident())).toMatchObject({ uploads: 0, downloads: 3 })
    await bound.close()
    await compiled.close()
  })

  test("a run that gives nothing back ends when its work is done", async () => {
    if (E.isLeft(device)) return
    const silent = trace({ w: { shape: [size] }, frozen: { shape: [size] } }, ({ w, frozen }) => ({ w: sub(w, mul(sub(w, frozen), 0.5)) }))
    const compiled = await device.right.compile(silent)
    const bound = await compiled.bind({ w: ones(2), frozen: ones(1) })
    const { prototype } = doors.GPUQueue
    const wait = prototype.onSubmittedWorkDone
    let waited = 0
    prototype.onSubmittedWorkDone = function () {
      waited++
      return wait.call(this)
    }
    await bound.run({})
    prototype.onSubmittedWorkDone = wait
    expect(waited).toBe(1)
    const { w: weights } = await bound.resident()
    expect(weights?.data[0]).toBe(1.5)
    await bound.close()
    await compiled.close()
  })

  test("a program bound again and again leaves no buffer behind (D1)", async () => {
    if (E.isLeft(device)) return
    const { right } = device
    const whole = async () => {
      const compiled = await right.compile(step)
      const bound = await compiled.bind({ w: ones(2), m: ones(0), frozen: ones(1) })
      for (let i = 0; i < 3; i++) await bound.run({ rate: scalar("f32", 0.5) })
      await bound.close()
      await compiled.close()
    }
    expect((await counted(whole)).buffers).toBe(0)
  })
})
