/** Merges to a place where one of the same models is: what is measured again, and that the bytes are those of a merge from scratch. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { systemClock } from "../../../../src/base/clock.ts"
import { executeMerge } from "../../../../nodes/merger/checkpoint/execute-merge.ts"
import { measuredName, readMeasured } from "../../../../nodes/merger/checkpoint/measured-before.ts"
import { testFolder } from "../../../src/checkpoint/made-files.ts"
import { modelTensors, planned, small, writeModel } from "./made-models.ts"

const folder = testFolder()
for (const name of ["base", "a", "b", "c"]) writeModel(join(folder, name), modelTensors(small, name))
const tensors = Object.keys(modelTensors(small, "a")).length

const based = (method: string, models: string, parameters: string): string => `merge_method: ${method}\nbase_model: base\nmodels: [${models}]\nparameters: ${parameters}\n`
const free = (method: string, models: string, parameters: string): string => `merge_method: ${method}\nmodels: [${models}]\nparameters: ${parameters}\n`
const ab = "{model: a}, {model: b}"

let places = 0
const place = (): string => join(folder, `out-${places++}`)
const merge = async (yaml: string, out: string, seats = 1) => {
  const done = await executeMerge(planned(yaml, { folder, out }), out, { clock: systemClock, seats, signal: new AbortController().signal, progress: () => undefined })
  if (E.isLeft(done)) throw new Error(done.left)
  return { before: done.right.measuredBefore, bytes: readFileSync(join(out, "model.safetensors")) }
}
const again = async (first: string, next: string, seats = 1) => {
  const out = place()
  expect((await merge(first, out, seats)).before).toBe(0)
  const now = await merge(next, out, seats)
  expect(now.bytes.equals((await merge(next, place())).bytes)).toBe(true)
  return now.before
}

describe("what was measured for the merge before", () => {
  it.each([
    ["SLERP's place", free("slerp", ab, "{t: 0.3}").replace("models", "base_model: a\nmodels"), free("slerp", ab, "{t: 0.7}").replace("models", "base_model: a\nmodels"), tensors],
    ["a weight of multi-SLERP", free("multislerp", "{model: a, parameters: {weight: 0.2}}, {model: b, parameters: {weight: 0.8}}", "{}"), free("multislerp", "{model: a, parameters: {weight: 0.4}}, {model: b, parameters: {weight: 0.8}}", "{}"), tensors],
    ["TIES' lambda", based("ties", ab, "{weight: 1, density: 0.4, lambda: 1}"), based("ties", ab, "{weight: 1, density: 0.4, lambda: 0.5}"), tensors],
    ["TIES' weight", based("ties", ab, "{weight: 1, density: 0.4}"), based("ties", ab, "{weight: 0.5, density: 0.4, normalize: false}"), tensors],
    ["TIES' density", based("ties", ab, "{weight: 1, density: 0.4}"), based("ties", ab, "{weight: 1, density: 0.5}"), 0],
    ["TIES over whole models", based("ties", ab, "{weight: 1, density: 0.4, scope: model}"), based("ties", ab, "{weight: 0.3, density: 0.4, scope: model}"), tensors],
    ["TIES' scope", based("ties", ab, "{weight: 1, density: 0.4}"), based("ties", ab, "{weight: 1, density: 0.4, scope: model}"), 0],
    ["another order of the models", based("ties", ab, "{weight: 1, density: 0.4}"), based("ties", "{model: b}, {model: a}", "{weight: 0.4, density: 0.4}"), tensors],
    ["one model less", based("ties", "{model: a}, {model: b}, {model: c}", "{weight: 1, density: 0.4}"), based("ties", "{model: c}, {model: a}", "{weight: 1, density: 0.4}"), tensors],
    ["lambda of what is dropped by chance", based("dare_ties", ab, "{weight: 1, density: 0.4, rescale: true, lambda: 1}"), based("dare_ties", ab, "{weight: 1, density: 0.4, rescale: true, lambda: 0.5}"), tensors],
    ["the dtype of the result", based("breadcrumbs", ab, "{weight: 1, density: 0.4}"), `${based("breadcrumbs", ab, "{weight: 1, density: 0.4}")}out_dtype: float32\n`, tensors],
    ["the dtype of what is read", based("ties", ab, "{weight: 1, density: 0.4}"), `${based("ties", ab, "{weight: 0.4, density: 0.4}")}dtype: float16\n`, tensors],
    ["another method", based("ties", ab, "{weight: 1, density: 0.4}"), based("breadcrumbs", ab, "{weight: 1, density: 0.4, gamma: 0}"), 0],
  ])("[F12] %s: is used where nothing that decides it has changed", async (_, first, next, count) => {
    expect(await again(first, next)).toBe(count)
  })

  it("[F12] by several threads too; of a model that is another one it is measured, and only of it", async () => {
    expect(await again(based("ties", ab, "{weight: 1, density: 0.4}"), based("ties", ab, "{weight: 0.2, density: 0.4}"), 3)).toBe(tensors)
    const out = place()
    await merge(based("ties", ab, "{weight: 1, density: 0.4}"), out)
    const first = readMeasured(out)
    expect(Object.keys(first).length).toBe(2 * tensors)
    const next = based("ties", "{model: a}, {model: c}", "{weight: 1, density: 0.4}")
    const other = await merge(next, out)
    expect(other.before).toBe(0)
    expect(other.bytes.equals((await merge(next, place())).bytes)).toBe(true)
    const second = readMeasured(out)
    expect(Object.keys(second).filter((key) => Object.hasOwn(first, key)).length).toBe(tensors)
    expect(Object.keys(second).length).toBe(2 * tensors)
  })

  it("[F12] stays while nothing has to be measured", async () => {
    const out = place()
    const at = (t: number): string => free("slerp", ab, `{t: ${t}}`).replace("models", "base_model: a\nmodels")
    await merge(at(0.5), out)
    await merge(at(1), out)
    expect((await merge(at(0.25), out)).before).toBe(tensors)
  })

  it("[F12] is not used when a model's file is another one, or when what lies there is not whole", async () => {
    const [out, yaml] = [place(), (weight: number) => based("ties", "{model: a}, {model: moved}", `{weight: ${weight}, density: 0.4}`)]
    writeModel(join(folder, "moved"), modelTensors(small, "b"))
    await merge(yaml(1), out)
    expect((await merge(yaml(0.9), out)).before).toBe(tensors)
    rmSync(join(folder, "moved"), { recursive: true })
    cpSync(join(folder, "c"), join(folder, "moved"), { recursive: true })
    const now = await merge(yaml(0.8), out)
    expect(now.before).toBe(0)
    expect(now.bytes.equals((await merge(yaml(0.8), place())).bytes)).toBe(true)
    const text = readFileSync(join(out, measuredName), "utf8")
    for (const broken of [text.slice(0, -20), text.replace(/"low":[\d.e-]+/, '"low":1'), "[]", "null", "{}"]) {
      writeFileSync(join(out, measuredName), broken)
      expect(readMeasured(out)).toEqual({})
    }
    expect((await merge(yaml(0.7), out)).before).toBe(0)
  })
})
