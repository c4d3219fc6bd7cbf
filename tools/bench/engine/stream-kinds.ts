/** A source of equal tensors, stages that scale them, and a sum: streams with hardly any work in them. */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import { must } from "../../../src/base/assert.ts"
import { ndarray } from "../../../src/base/ndarray.ts"
import { defineKind, defineStream, type Kind } from "../../../src/engine/kind.ts"
import { one } from "../../../src/graph/signature.ts"
import { integer } from "../../../src/schema/param.ts"
import { jsonPort, tensorsPort, type PortValue } from "../../../src/schema/port.ts"
import { stream } from "../../../src/schema/stream.ts"

const tensor = tensorsPort("bench tensor", t.readonly(t.type({})))
const number = jsonPort("number", t.number)
export type Tensor = PortValue<typeof tensor>

const params = {
  count: integer({ min: 0, max: 1e9, default: 10_000, doc: "Elements" }),
  width: integer({ min: 1, max: 1e9, default: 16, doc: "Numbers in an element" }),
}

export const make = (x: Float32Array): Tensor => ({ meta: {}, tensors: { x: ndarray("f32", [x.length], x) } })
/** The element as whoever reads it from a stream gets it. */
export const recoded = (element: Tensor): Tensor => {
  const decoded = tensor.decode(Buffer.concat(tensor.encode(element)))
  if (E.isLeft(decoded)) throw new Error(decoded.left)
  return decoded.right
}
const dataOf = ({ tensors }: Tensor): Float32Array => must(tensors["x"], "x").data as Float32Array
export const scaled = (element: Tensor): Tensor => make(dataOf(element).map((x) => x * 1.5))
export const first = (element: Tensor): number => dataOf(element)[0] as number

/** `kept`: whether the elements are stored. */
export const tensorSource = (kept: boolean): Kind =>
  defineStream({
    id: kept ? "bench/tensors" : "bench/fleeting-tensors",
    module: import.meta.url,
    title: "Tensors",
    params,
    inputs: {},
    outputs: { out: stream(tensor, { kept }) },
    cores: 0,
    run: async function* (_, { count, width }) {
      const x = new Float32Array(width)
      for (let i = 0; i < count; i++) {
        x[0] = i
        yield { out: make(x) }
      }
      return {}
    },
  }) as unknown as Kind

export const tensorStage = defineStream({
  id: "bench/scale",
  module: import.meta.url,
  title: "Scale",
  params: {},
  inputs: { from: one(stream(tensor)) },
  outputs: { out: stream(tensor, { kept: false }) },
  cores: 0,
  run: async function* ({ from }) {
    for await (const element of from) yield { out: scaled(element) }
    return {}
  },
}) as unknown as Kind

/** `pause`: turns of the event loop for each element. */
export const tensorSum = defineKind({
  id: "bench/sum-of-tensors",
  module: import.meta.url,
  title: "Sum",
  params: { pause: integer({ min: 0, max: 1000, default: 0, doc: "Milliseconds for each element" }) },
  inputs: { from: one(stream(tensor)) },
  outputs: { out: number },
  cores: 0,
  run: async ({ from }, { pause }) => {
    let out = 0
    for await (const element of from) {
      out += first(element)
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
    }
    return { out }
  },
}) as unknown as Kind
