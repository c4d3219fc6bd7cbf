/**
 * What runs inside the page: conformance cases of every op on one backend of gpu.js, against the interpreter. Also counts,
 * at the browser's own doors, what really computed.
 */
import * as gpujs from "gpu.js"
import type { Tensors } from "../../../../src/base/ndarray.ts"
import type { Backend } from "../../../../src/device/gpujs/dialect.ts"
import { GpujsDevice } from "../../../../src/device/gpujs/gpujs-device.ts"
import { type GpuModule, makeLibrary } from "../../../../src/device/gpujs/library.ts"
import { interpret } from "../../../support/interpreter.ts"
import { assemble, opOf } from "../conformance/assemble.ts"
import { cases, sections } from "../conformance/table.ts"
import { difference, tolerances } from "../conformance/tolerance.ts"

export interface Outcome {
  /** Differences by op, in words; an op without any has an empty list. */
  readonly ops: { readonly [op: string]: readonly string[] }
  /** Cases that were compared. */
  readonly compared: number
  /** Modules of WebAssembly started, and passes dispatched to a GPU. */
  readonly ran: { readonly modules: number; readonly dispatches: number }
  readonly family: string
}

const ran = { modules: 0, dispatches: 0 }

/** The part of a page's global object that is used here. */
interface Doors {
  readonly WebAssembly: { Instance: new (...args: readonly unknown[]) => object }
  readonly GPUComputePassEncoder?: { readonly prototype: { dispatchWorkgroups(...groups: number[]): void } }
  readonly navigator: { readonly gpu?: { requestAdapter(): Promise<{ readonly info?: { readonly vendor?: string; readonly architecture?: string } } | null> } }
}
const doors = globalThis as unknown as Doors

const countModules = (): void => {
  doors.WebAssembly.Instance = new Proxy(doors.WebAssembly.Instance, {
    construct: (target, args) => {
      ran.modules++
      return new target(...(args as unknown[]))
    },
  })
}

const countDispatches = (): void => {
  const encoder = doors.GPUComputePassEncoder
  if (encoder === undefined) return
  const dispatch = encoder.prototype.dispatchWorkgroups
  encoder.prototype.dispatchWorkgroups = function (...groups) {
    ran.dispatches++
    dispatch.apply(this, [...groups])
  }
}

/** With at most `most` cases an op. */
const conform = async (backend: Backend, most: number): Promise<Outcome> => {
  const device = new GpujsDevice(makeLibrary(gpujs as unknown as GpuModule, backend, "page", undefined), backend, "page", { threads: 1 })
  const before = { ...ran }
  const ops: Record<string, string[]> = {}
  let compared = 0
  for (const [, names] of sections) {
    const few = Object.fromEntries(names.map((op) => [op, (...stream: Parameters<(typeof cases)[typeof op]>) => cases[op](...stream).slice(0, most)]))
    const { program, inputs, labels } = assemble(few)
    const compiled = await device.compile(program)
    const bound = await compiled.bind({})
    const got: Tensors = await bound.run(inputs)
    await bound.close()
    await compiled.close()
    const want = interpret(program, inputs)
    for (const [output, label] of Object.entries(labels)) {
      const op = opOf(output)
      const wrong = difference(got[output], want[output]!, tolerances[op])
      ops[op] = [...(ops[op] ?? []), ...(wrong === undefined ? [] : [`${label}: ${wrong}`])]
      compared++
    }
  }
  await device.close()
  return { ops, compared, ran: { modules: ran.modules - before.modules, dispatches: ran.dispatches - before.dispatches }, family: device.family }
}

/** Whether an adapter answers, or why not. */
const adapter = async (): Promise<string | undefined> => {
  const found = await doors.navigator.gpu?.requestAdapter()
  return found ? [found.info?.vendor, found.info?.architecture].filter(Boolean).join(" ") || "unnamed" : undefined
}

countModules()
countDispatches()
Object.assign(globalThis, { cambium: { conform, adapter } })
