/** Small kinds with everything the command has to deal with: files, steps with checkpoints, failures, and every view. */
import { readFile } from "node:fs/promises"
import { setTimeout as pause } from "node:timers/promises"
import * as t from "io-ts"
import {
  type Clock, curvePort, defineKind, flag, integer, jsonPort, many, metricPort, ndarray, NodeFailure, one, optional, picturePort, real, samplePort, scalar, tablePort, text,
} from "#src"

const words = jsonPort("words", t.readonly(t.type({ words: t.readonlyArray(t.string) })))
const numbers = jsonPort("numbers", t.readonly(t.type({ numbers: t.readonlyArray(t.number) })))

export const readWords = defineKind({
  id: "test/read-words",
  module: import.meta.url,
  title: "Reads words from a file",
  params: { file: text({ doc: "A text file" }), limit: integer({ min: 1, max: 1000, default: 100, doc: "Words at most" }) },
  inputs: {},
  outputs: { words, table: tablePort },
  cores: 0,
  files: ({ file }) => [file],
  run: async (_, { file, limit }) => {
    const content = await readFile(file, "utf8").catch(() => undefined)
    if (content === undefined) throw new NodeFailure(`${file}: expected a readable text file, got no such file`, { param: "file" })
    const found = content.split(/\s+/).filter((word) => word !== "").slice(0, limit)
    return { words: { words: found }, table: { title: "Words", columns: ["licence", "words"], rows: [["public domain", found.length]] } }
  },
})

/** Holds the thread, as native code does. */
const block = (clock: Clock, ms: number): void => {
  const until = clock.now() + ms
  while (clock.now() < until) continue
}

/** Sums random numbers, one a step, with a checkpoint after each; slow when asked to be. */
export const walk = defineKind({
  id: "test/walk",
  module: import.meta.url,
  title: "Walks at random",
  params: {
    steps: integer({ min: 1, max: 1000, default: 4, doc: "Steps" }),
    pause: integer({ min: 0, max: 10_000, default: 0, doc: "Milliseconds a step" }),
    stubborn: flag({ default: false, doc: "Does not listen while it pauses" }),
    loud: flag({ default: false, doc: "Tells standard error about every step" }),
  },
  inputs: { words: one(words) },
  outputs: { numbers },
  seeded: true,
  extends: ["steps"],
  run: async ({ words: { words: found } }, { steps, pause: wait, stubborn, loud }, { random, signal, clock, checkpoints, progress }) => {
    const saved = await checkpoints.last(steps)
    const places = saved === undefined ? [] : (saved.meta as { readonly places: readonly number[] }).places.slice()
    for (let step = places.length; step < steps; step++) {
      if (stubborn) block(clock, wait)
      else if (wait > 0) await pause(wait, undefined, { signal })
      signal.throwIfAborted()
      places.push((places.at(-1) ?? found.length) + random.uniform(step) - 0.5)
      await checkpoints.save({ step: step + 1, tensors: { last: scalar("i32", step) }, meta: { places } })
      if (loud) process.stderr.write(`step ${step + 1} is done\n`)
      progress({ done: step + 1, total: steps, unit: "steps", note: `at ${places.at(-1)?.toFixed(2)}` })
    }
    return { numbers: { numbers: places } }
  },
})

export const plot = defineKind({
  id: "test/plot",
  module: import.meta.url,
  title: "Plots numbers",
  params: {},
  inputs: { numbers: one(numbers) },
  outputs: { curve: curvePort },
  cores: 0,
  run: ({ numbers: { numbers: ys } }) => ({
    curve: { title: "Walks", x: "steps", y: "place", series: [{ name: "", points: ys.map((y, x): readonly [number, number] => [x + 1, y]) }] },
  }),
})

export const scale = defineKind({
  id: "test/scale",
  module: import.meta.url,
  title: "Scales and adds",
  params: { weight: real({ min: 0, max: 1, default: 0.5, doc: "Factor" }), fail: flag({ default: false, doc: "Fail instead" }), bug: flag({ default: false, doc: "Throw a mistake of the kind" }) },
  inputs: { numbers: many(numbers), bias: optional(numbers) },
  outputs: { numbers },
  cores: 0,
  run: ({ numbers: all }, { weight, fail, bug }) => {
    if (fail) throw new NodeFailure("asked to fail", { param: "fail" })
    if (bug) throw new TypeError("a mistake in the kind")
    return { numbers: { numbers: all.flatMap((part) => part.numbers.map((x) => x * weight)) } }
  },
})

export const measure = defineKind({
  id: "test/measure",
  module: import.meta.url,
  title: "Means and extremes",
  params: {},
  inputs: { numbers: one(numbers) },
  outputs: { metric: metricPort },
  cores: 0,
  run: ({ numbers: { numbers: xs } }) => ({
    metric: { title: "Places", unit: "steps", better: "lower", values: { mean: xs.reduce((sum, x) => sum + x, 0) / xs.length, max: Math.max(...xs) } },
  }),
})

export const display = defineKind({
  id: "test/display",
  module: import.meta.url,
  title: "Draws words",
  params: {},
  inputs: { words: one(words) },
  outputs: { sample: samplePort, picture: picturePort },
  cores: 0,
  run: ({ words: { words: found } }) => {
    const shown = found.slice(0, 6)
    const pixels = new Uint8Array(shown.length * 64)
    shown.forEach((word, i) => pixels.set(Array.from({ length: 64 }, (_, at) => ((word.codePointAt(at % word.length) ?? 0) >> (at >> 3)) % 2 * 255), i * 64))
    return {
      sample: { title: "Last words", samples: shown.slice(0, 3).map((word) => ({ locale: "en", prompt: `${word} `, text: `<b>${word}</b> & so on` })) },
      picture: { meta: { title: "Words as pictures", captions: shown }, tensors: { pixels: ndarray("u8", [shown.length, 8, 8], pixels) } },
    }
  },
})
