/** Streams of tensors between workers: a source, a stage that works on several elements at once, a sum. */
import * as t from "io-ts"
import { defineKind, defineStream, integer, joinable, jsonPort, mapOrdered, must, ndarray, one, stream, tensorsPort } from "#src"

const rows = joinable(tensorsPort("rows", t.readonly(t.type({ at: t.number }))), (parts) => {
  const data = parts.flatMap(({ tensors }) => [...(must(tensors["x"], "x").data as Float32Array)])
  return { meta: { at: 0 }, tensors: { x: ndarray("f32", [data.length], Float32Array.from(data)) } }
})
const number = jsonPort("number", t.number)
const count = integer({ min: 0, max: 1e6, default: 20, doc: "Elements" })
const width = integer({ min: 1, max: 1e7, default: 8, doc: "Numbers in an element" })

export const source = defineStream({
  id: "streaming/source",
  module: import.meta.url,
  title: "1",
  params: { count, width, pause: integer({ min: 0, max: 1000, default: 0, doc: "Milliseconds before each element" }) },
  inputs: {},
  outputs: { rows: stream(rows) },
  run: async function* (_, { count: n, width: w, pause }, { progress, signal }) {
    // One buffer for all: elements are copied when they are given.
    const x = new Float32Array(w)
    for (let at = 0; at < n; at++) {
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
      signal.throwIfAborted()
      x.fill(at)
      progress({ done: at + 1, total: n, unit: "rows" })
      yield { rows: { meta: { at }, tensors: { x: ndarray("f32", [w], x) } } }
    }
    return {}
  },
})

export const stage = defineStream({
  id: "streaming/stage",
  module: import.meta.url,
  title: "1",
  params: { parallel: integer({ min: 1, max: 64, default: 1, doc: "Elements at once" }) },
  inputs: { rows: one(stream(rows)) },
  outputs: { rows: stream(rows) },
  run: async function* (inputs, { parallel }) {
    for await (const row of mapOrdered(inputs.rows, parallel, ({ meta, tensors: { x } }) => ({ meta, x: (must(x, "x").data as Float32Array).map((value) => value + meta.at) }))) {
      yield { rows: { meta: row.meta, tensors: { x: ndarray("f32", [row.x.length], row.x) } } }
    }
    return {}
  },
})

const total = (x: Float32Array): number => x.reduce((sum, value) => sum + value, 0)

export const sum = defineKind({
  id: "streaming/sum",
  module: import.meta.url,
  title: "1",
  params: { pause: integer({ min: 0, max: 1000, default: 0, doc: "Milliseconds for each element" }) },
  inputs: { rows: one(stream(rows)) },
  outputs: { out: number },
  run: async (inputs, { pause }) => {
    let out = 0
    for await (const { tensors } of inputs.rows) {
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
      out += total(must(tensors["x"], "x").data as Float32Array)
    }
    return { out }
  },
})

export const sumOfAll = defineKind({
  id: "streaming/sum-of-all",
  module: import.meta.url,
  title: "1",
  params: {},
  inputs: { rows: one(rows) },
  outputs: { out: number },
  run: (inputs) => ({ out: total(must(inputs.rows.tensors["x"], "x").data as Float32Array) }),
})
