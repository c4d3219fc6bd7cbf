/** A trainer in small: a number moved step by step, with a checkpoint every so many steps, seeded and resumable. */
import * as t from "io-ts"
import { defineKind, flag, integer, jsonPort, ndarray } from "#src"

const path = jsonPort("path", t.readonlyArray(t.number))

export const stepping = defineKind({
  id: "test/stepping",
  module: import.meta.url,
  title: "Steps",
  params: {
    steps: integer({ min: 0, max: 1000, default: 10, doc: "Steps" }),
    every: integer({ min: 1, max: 1000, default: 2, doc: "Steps between checkpoints" }),
    blocks: flag({ default: false, doc: "Hold the thread after the last step, as native code does" }),
  },
  inputs: {},
  outputs: { path },
  seeded: true,
  extends: ["steps"],
  run: async (_, { steps, every, blocks }, context) => {
    const from = await context.checkpoints.last(steps)
    const walked = from === undefined ? [] : [...(from.meta as readonly number[])]
    let x = (from?.tensors["x"]?.data as Float32Array | undefined)?.[0] ?? 0
    for (let step = walked.length + 1; step <= steps; step++) {
      context.signal.throwIfAborted()
      x = Math.fround(x * 0.9 + context.random.uniform(step))
      walked.push(x)
      context.progress({ done: step, total: steps, unit: "steps" })
      if (step % every === 0 || step === steps) {
        await context.checkpoints.save({ step, tensors: { x: ndarray("f32", [1], new Float32Array([x])) }, meta: walked })
      }
    }
    if (blocks) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    return { path: walked }
  },
})

/** Not reached from `stepping`. */
export const failing = defineKind({
  id: "test/failing",
  module: import.meta.url,
  title: "Fails",
  params: { how: integer({ min: 0, max: 2, default: 0, doc: "0: an error, 1: the thread ends, 2: the device is asked for" }) },
  inputs: {},
  outputs: { path },
  run: async (_, { how }, context) => {
    if (how === 1) process.exit(3)
    if (how === 2) return { path: [(await context.device()).family.length] }
    throw new TypeError("not a number")
  },
})

export const length = defineKind({
  id: "test/length",
  module: import.meta.url,
  title: "Length",
  params: {},
  inputs: { path: { type: path, arity: "one" } },
  outputs: { out: jsonPort("number", t.number) },
  run: (inputs) => ({ out: inputs.path.length }),
})

/** As `stepping`, with a pause after each step, and a checkpoint every fifth. */
export const slowly = defineKind({
  id: "test/slowly",
  module: import.meta.url,
  title: "Steps, slowly",
  params: { steps: integer({ min: 0, max: 1000, default: 10, doc: "Steps" }), pause: integer({ min: 0, max: 100, default: 5, doc: "Milliseconds after a step" }) },
  inputs: {},
  outputs: { path, taken: jsonPort("number", t.number) },
  seeded: true,
  extends: ["steps"],
  run: async (_, { steps, pause }, context) => {
    const from = await context.checkpoints.last(steps)
    const walked = from === undefined ? [] : [...(from.meta as readonly number[])]
    for (let step = walked.length + 1; step <= steps; step++) {
      context.signal.throwIfAborted()
      walked.push(context.random.uniform(step) + (walked.at(-1) ?? 0) * 0.5)
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
      context.progress({ done: step, total: steps, unit: "steps" })
      if (step % 5 === 0 || step === steps) await context.checkpoints.save({ step, tensors: {}, meta: walked })
    }
    return { path: walked, taken: steps }
  },
})
