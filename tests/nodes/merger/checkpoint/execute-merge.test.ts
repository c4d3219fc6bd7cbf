/** Merging files: what comes out is what merging in memory gives, by any number of threads, shards and listings. */
import * as E from "fp-ts/lib/Either.js"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ndarray, numbersOf, type NdArray, type Tensors } from "../../../../src/base/ndarray.ts"
import { hashBytes } from "../../../../src/base/hash.ts"
import { systemClock } from "../../../../src/base/clock.ts"
import { random } from "../../../../src/base/random.ts"
import { decodeParams } from "../../../../src/schema/param.ts"
import { contentBytes, contentOf, fingerprintOf } from "../../../../src/checkpoint/fingerprint.ts"
import { openCheckpoint } from "../../../../src/checkpoint/open-checkpoint.ts"
import type { MergeProgress } from "../../../../nodes/merger/checkpoint/progress.ts"
import { must } from "../../../../src/base/assert.ts"
import { executeMerge, resultOfPlan } from "../../../../nodes/merger/checkpoint/execute-merge.ts"
import { jobsOf } from "../../../../nodes/merger/checkpoint/jobs.ts"
import { unfinishedFolder } from "../../../../nodes/merger/checkpoint/unfinished.ts"
import { mergeTensors } from "../../../../nodes/merger/method/merge-tensors.ts"
import { mergekitVariant } from "../../../../nodes/merger/methods.ts"
import { exactBf16 } from "../../../src/checkpoint/exact-bf16.ts"
import { testFolder } from "../../../src/checkpoint/made-files.ts"
import { execute, modelTensors, planned, readMerged, small, stoppedHalfWay, writeModel } from "./made-models.ts"

const folder = testFolder()
const models = ["a", "b", "c"].map((name) => modelTensors(small, name))
models.forEach((tensors, i) => writeModel(join(folder, "abc"[i] as string), tensors))
const ids = models.map((_, i) => {
  const opened = openCheckpoint(join(folder, "abc"[i] as string))
  if (E.isLeft(opened)) throw new Error("not opened")
  return fingerprintOf(opened.right)
})

const listed = (names: readonly string[], weights: readonly number[] = []) =>
  names.map((name, i) => `  - model: ${name}${weights[i] === undefined ? "" : `\n    parameters: {weight: ${weights[i]}}`}`).join("\n")

const bits = (tensors: Tensors) => Object.fromEntries(Object.entries(tensors).map(([name, { dtype, data }]) => [name, [dtype, ...data]]))

describe("merged files", () => {
  it.each([
    ["linear", { weights: [0.31372, 0.68628, 0.5] }],
    ["task_arithmetic", { weights: [0.3, 0.4], base: "a" }],
    ["ties", { weights: [0.5, 0.7], base: "a", each: "density: 0.4" }],
    ["dare_ties", { weights: [0.5, 0.7], base: "a", each: "density: 0.5" }],
    ["della_linear", { weights: [0.5, 0.7], base: "a", each: "density: 0.5" }],
    ["model_stock", { base: "a" }],
    ["karcher", {}],
    ["multislerp", { weights: [0.2, 0.3, 0.5] }],
  ] as const)("[F5] by %s are, bit for bit, what the method gives in memory", async (name, about) => {
    const { weights = [], base, each } = about as { weights?: readonly number[]; base?: string; each?: string }
    const names = base === undefined ? ["a", "b", "c"] : ["b", "c"]
    const list = names.map((model, i) => `  - model: ${model}\n    parameters: {${[...(weights[i] === undefined ? [] : [`weight: ${weights[i]}`]), ...(each === undefined ? [] : [each])].join(", ")}}`).join("\n")
    const plan = planned(`merge_method: ${name}\n${base === undefined ? "" : `base_model: ${base}\n`}models:\n${list}\n`, { folder })
    const out = join(folder, `out-${name}`)
    expect(await execute(plan, out)).toBe("done")
    const known = mergekitVariant(name, {})
    if (known === undefined) throw new Error(name)
    const params = decodeParams(known.method.params, { ...known.params })
    const used = names.map((model) => "abc".indexOf(model))
    const merged = mergeTensors({
      method: known.method,
      params: () => (E.isRight(params) ? params.right : {}),
      ...(base === undefined ? {} : { base: models[0] as Tensors }),
      models: used.map((at, i) => ({
        id: ids[at] as string,
        tensors: models[at] as Tensors,
        params: () => {
          const read = decodeParams(known.method.each, { ...known.each, ...(weights[i] === undefined ? {} : { weight: weights[i] }), ...(each === undefined ? {} : { density: Number(each.split(" ")[1]) }) })
          return E.isRight(read) ? read.right : {}
        },
      })),
      random: random("0"),
    })
    if (E.isLeft(merged)) throw new Error(merged.left)
    expect(bits(readMerged(out))).toEqual(bits(merged.right))
  })

  it("[F5, M2, M3] have the same bytes by any number of threads, and in any order of the models", async () => {
    const hashes = new Set<string>()
    for (const [i, [order, seats]] of ([[[0, 1, 2], 1], [[2, 0, 1], 1], [[1, 2, 0], 3]] as const).entries()) {
      const weights = [0.31372, 0.2, 0.48628]
      const out = join(folder, `same-${i}`)
      const yaml = `merge_method: linear\nmodels:\n${listed(order.map((at) => "abc"[at] as string), order.map((at) => weights[at] as number))}\ndtype: float16\n`
      expect(await execute(planned(yaml, { folder }), out, { seats })).toBe("done")
      hashes.add(hashBytes(readFileSync(join(out, "model.safetensors"))))
    }
    expect(hashes.size).toBe(1)
  })

  it("[F3, M3] have the same bytes in any order of models that no fingerprint tells apart", async () => {
    // They differ in a row of one large tensor, away from its middle, which is what is looked at.
    const wide = modelTensors({ layers: 1, vocabulary: 4000, width: 8, dtype: "f32" }, "twins")
    const twins = ["twin-a", "twin-b", "twin-c"].map((name, i) => {
      const { shape, data } = wide["lm_head.weight"]!
      const changed = (data as Float32Array).map((x, k) => (k < 4000 ? 1e3 ** (i - 1) * x : x))
      return writeModel(join(folder, name), { ...wide, "lm_head.weight": ndarray("f32", shape, changed) })
    })
    const prints = await Promise.all(twins.map(async (path) => {
      const opened = openCheckpoint(path)
      return E.isRight(opened) ? [fingerprintOf(opened.right), await contentOf(opened.right, new AbortController().signal)] : []
    }))
    expect(new Set(prints.map(([print]) => print)).size).toBe(1)
    expect(new Set(prints.map(([, content]) => content)).size).toBe(3)
    const hashes = new Set<string>()
    for (const [i, order] of ["abc", "bca", "cab", "acb"].entries()) {
      const out = join(folder, `twins-${i}`)
      expect(await execute(planned(`merge_method: linear\nmodels:\n${listed([...order].map((id) => `twin-${id}`), [...order].map(() => 0.1))}\nparameters: {normalize: false}\ndtype: float64\n`, { folder, out }), out)).toBe("done")
      hashes.add(hashBytes(readFileSync(join(out, "model.safetensors"))))
    }
    expect(hashes.size).toBe(1)
    // How far it is with reading them whole is told, then how far with writing.
    const told: MergeProgress[] = []
    const again = planned(`merge_method: linear\nmodels:\n${listed(["twin-a", "twin-b"], [1, 1])}\n`, { folder, out: join(folder, "told") })
    expect(await execute(again, join(folder, "told"), { progress: (now) => void told.push(now) })).toBe("done")
    expect([...new Set(told.map(({ what }) => what))]).toEqual(["compared", "written"])
    expect(told.findLast(({ what }) => what === "compared")).toEqual({ what: "compared", done: 2 * contentBytes(must(again.inputs[0], "input")), total: 2 * contentBytes(must(again.inputs[0], "input")) })
    // Stopped before they have been read.
    expect(await execute(planned(`merge_method: linear\nmodels:\n${listed(["twin-a", "twin-b"], [1, 1])}\n`, { folder, out: join(folder, "twins") }), join(folder, "twins"), { signal: AbortSignal.abort() })).toBe("stopped; run again to go on")
  })

  it("[F5, M2] of tensors of several blocks and pieces are, bit for bit, what merging in memory gives, by TIES, DARE and SLERP, by any number of threads and in any order", async () => {
    // Rows of an odd length: blocks and pieces do not end where kernels' steps do.
    const wide = { layers: 1, vocabulary: 2_300, width: 601, dtype: "bf16" } as const
    const own = ["x", "y", "z"].map((name) => modelTensors(wide, name))
    own.forEach((tensors, i) => writeModel(join(folder, "xyz"[i] as string), tensors))
    const names = ["x", "y", "z"].map((name) => {
      const opened = openCheckpoint(join(folder, name))
      return E.isRight(opened) ? fingerprintOf(opened.right) : ""
    })
    for (const name of ["ties", "dare_linear", "slerp"]) {
      const yaml = (models: string) => `merge_method: ${name}\nbase_model: x\nmodels: [${models}]\nparameters: ${name === "slerp" ? "{t: 0.3}" : "{weight: 0.7, density: 0.4}"}\ndtype: bfloat16\n`
      const known = mergekitVariant(name, {})
      if (known === undefined) throw new Error(name)
      const read = <P extends Parameters<typeof decodeParams>[0]>(params: P, values: object) => {
        const decoded = decodeParams(params, values as never)
        return E.isRight(decoded) ? decoded.right : {}
      }
      const merged = mergeTensors({
        method: known.method,
        params: () => read(known.method.params, { ...known.params, ...(name === "slerp" ? { t: 0.3 } : {}) }),
        ...(name === "slerp" ? {} : { base: own[0] as Tensors }),
        models: (name === "slerp" ? [0, 1] : [1, 2]).map((i) => ({ id: names[i] as string, tensors: own[i] as Tensors, params: () => read(known.method.each, name === "slerp" ? {} : { ...known.each, weight: 0.7, density: 0.4 }) })),
        random: random("0"),
      })
      if (E.isLeft(merged)) throw new Error(merged.left)
      const listings = name === "slerp" ? ["{model: x}, {model: y}", "{model: y}, {model: x}"] : ["{model: y}, {model: z}", "{model: z}, {model: y}"]
      for (const [seats, models] of [[1, listings[0]], [3, listings[1]]] as const) {
        const out = join(folder, `wide-${name}-${seats}`)
        expect(await execute(planned(yaml(models as string), { folder, out }), out, { seats })).toBe("done")
        for (const [tensor, { data }] of Object.entries(readMerged(out))) {
          const expected = merged.right[tensor]?.data as Uint16Array
          expect([tensor, (data as Uint16Array).findIndex((bits, k) => bits !== expected[k])]).toEqual([tensor, -1])
        }
      }
    }
  }, 60_000)

  it("[F7] are another merge's when a file that is copied beside them has changed: the new one is taken", async () => {
    const [source, out] = [join(folder, "spoken"), join(folder, "spoken-out")]
    writeModel(source, models[0] as Tensors)
    const settings = join(source, "tokenizer_config.json")
    const again = () => planned(`merge_method: linear\nmodels:\n${listed(["spoken", "b"], [1, 1])}\n`, { folder, out })
    for (const content of ["{\"n\":1}", "{\"n\":22}"]) {
      writeFileSync(settings, content)
      expect(resultOfPlan(again(), out)).toBeUndefined()
      expect(await execute(again(), out)).toBe("done")
      expect([resultOfPlan(again(), out)?.overflows, readFileSync(join(out, "tokenizer_config.json"), "utf8")]).toEqual([[], content])
    }
  })

  it("[F2] are cut into shards with an index that opening accepts, and hold the same tensors", async () => {
    const yaml = `merge_method: linear\nmodels:\n${listed(["a", "b"], [1, 1])}\n`
    expect(await execute(planned(yaml, { folder, shardBytes: 300 }), join(folder, "sharded"))).toBe("done")
    expect(await execute(planned(yaml, { folder }), join(folder, "whole"))).toBe("done")
    const opened = openCheckpoint(join(folder, "sharded"))
    if (E.isLeft(opened)) throw new Error("refused")
    expect(opened.right.files.length).toBeGreaterThan(2)
    const whole = readMerged(join(folder, "whole"))
    for (const { name, file, start, bytes } of opened.right.tensors.values()) {
      const stored = readFileSync(opened.right.files[file]?.path ?? "").subarray(start, start + bytes)
      expect(Buffer.compare(stored, Buffer.from((whole[name] as NdArray).data.buffer))).toBe(0)
    }
    expect(JSON.parse(readFileSync(join(folder, "sharded/config.json"), "utf8"))).toMatchObject({ num_hidden_layers: 3, vocab_size: small.vocabulary })
  })

  it("[F4] of bf16 by weights equal the exact rational, rounded once, everywhere", async () => {
    const width = 160
    const shape = { layers: 1, vocabulary: 300, width, dtype: "bf16" } as const
    const pair = ["p", "q"].map((name) => modelTensors(shape, name, name))
    pair.forEach((tensors, i) => writeModel(join(folder, "pq"[i] as string), tensors))
    let compared = 0
    for (const weights of [[0.31372, 0.68628], [0.25, 0.75]] as const) {
      const out = join(folder, "exact")
      const normalised = weights[0] === 0.25
      expect(await execute(planned(`merge_method: linear\nparameters: {normalize: ${normalised}}\nmodels:\n${listed(["p", "q"], weights)}\n`, { folder }), out)).toBe("done")
      const merged = readMerged(out)
      for (const [name, tensor] of Object.entries(merged)) {
        const [a, b] = pair.map((tensors) => numbersOf(tensors[name] as NdArray)) as [Float32Array, Float32Array]
        const wrong = [...(tensor.data as Uint16Array)].findIndex((stored, k) => stored !== exactBf16([weights[0], a[k] as number], [weights[1], b[k] as number]))
        expect([name, wrong]).toEqual([name, -1])
        compared += tensor.data.length
      }
    }
    expect(compared).toBeGreaterThan(100_000)
  })

  it("[F4] of bf16 in f32, where that is asked for, are within one step of the exact rational rounded once, and 99.98 % equal it", async () => {
    const shape = { layers: 1, vocabulary: 300, width: 160, dtype: "bf16" } as const
    const pair = ["g", "h"].map((name) => modelTensors(shape, name, name))
    pair.forEach((tensors, i) => writeModel(join(folder, "gh"[i] as string), tensors))
    for (const weights of [[0.31372, 0.68628], [0.25, 0.75]] as const) {
      const out = join(folder, "near")
      expect(await execute(planned(`merge_method: linear\nparameters: {normalize: false}\narithmetic: float32\nmodels:\n${listed(["g", "h"], weights)}\n`, { folder }), out)).toBe("done")
      const steps = Object.entries(readMerged(out)).flatMap(([name, tensor]) => {
        const [a, b] = pair.map((tensors) => numbersOf(tensors[name] as NdArray)) as [Float32Array, Float32Array]
        return [...(tensor.data as Uint16Array)].map((stored, k) => {
          const exact = exactBf16([weights[0], a[k] as number], [weights[1], b[k] as number])
          // Neighbours of one sign have neighbouring bits; a sign that differs is a whole range of them.
          return Math.abs(stored - exact)
        })
      })
      expect(steps.length).toBeGreaterThan(50_000)
      expect(steps.filter((step) => step > 1)).toEqual([])
      expect(steps.filter((step) => step === 0).length / steps.length).toBeGreaterThanOrEqual(0.9998)
    }
  })
})

describe("what goes wrong", () => {
  it("[F5] a NaN is refused by every method that reads it, by tensor and model, and nothing has the final name; a copy is a copy", async () => {
    const sick = modelTensors({ ...small, dtype: "f32" }, "sick")
    const values = (sick["model.norm.weight"]!.data as Float32Array).slice()
    values[3] = NaN
    values[4] = Infinity
    writeModel(join(folder, "sick"), { ...sick, "model.norm.weight": ndarray("f32", [values.length], values) })
    const yaml = (method: string, more: string, first = "a") => `merge_method: ${method}\nbase_model: a\nmodels: [{model: ${first}}, {model: sick}]\nparameters: {${more}}\ndtype: float32\n`
    const said = async (name: string, text: string): Promise<string> => {
      const out = join(folder, `sick-${name}`)
      const result = await execute(planned(text, { folder, out }), out)
      expect(existsSync(out)).toBe(false)
      return result
    }
    const sums = (method: string): string => `tensor model.norm.weight: expected finite numbers, over which ${method} takes sums, got NaN or infinity among them`
    expect(await said("slerp", yaml("slerp", "t: 0.5"))).toBe(sums("slerp"))
    expect(await said("model_stock", yaml("model_stock", "", "b"))).toBe(sums("model_stock"))
    expect(await said("karcher", yaml("karcher", "").replace("base_model: a\n", ""))).toBe(sums("karcher"))
    const read = "tensor model.norm.weight: expected numbers, got 1 NaN and 1 infinite in model 2"
    expect(await said("linear", `merge_method: linear\nmodels:\n${listed(["a", "sick"], [1, 1])}\ndtype: float32\n`)).toBe(read)
    expect(await said("bfloat16", `merge_method: linear\nmodels:\n${listed(["a", "sick"], [1, 1])}\ndtype: bfloat16\n`)).toBe(read)
    expect(await said("task_arithmetic", yaml("task_arithmetic", "weight: 0.5", "b"))).toBe(read)
    const out = join(folder, "sick-copy")
    expect(await execute(planned("merge_method: passthrough\nmodels: [{model: sick}]\n", { folder, out }), out)).toBe("done")
    expect([...(readMerged(out)["model.norm.weight"]!.data as Float32Array)].map(Number.isNaN)).toEqual([...values].map(Number.isNaN))
  })

  const plan = () => planned(`merge_method: linear\nmodels:\n${listed(["a", "b"], [1, 2])}\n`, { folder })

  it("[F7] leaves nothing under the final name: a file that became shorter, a signal to stop", async () => {
    const tensors = modelTensors(small, "cut")
    writeModel(join(folder, "cut"), tensors)
    const cut = planned(`merge_method: linear\nmodels:\n${listed(["a", "cut"], [1, 2])}\n`, { folder })
    const shard = join(folder, "cut", "model-00002-of-00002.safetensors")
    truncateSync(shard, readFileSync(shard).length - 10)
    const out = join(folder, "never")
    expect(await execute(cut, out)).toMatch(/model-00002-of-00002\.safetensors: expected \d+ bytes, as when its header was read, got fewer: it changed meanwhile/)
    expect(existsSync(out)).toBe(false)
    const stopped = new AbortController()
    stopped.abort()
    expect(await execute(plan(), out, { signal: stopped.signal })).toBe("stopped; run again to go on")
    expect(existsSync(out)).toBe(false)
    expect(readdirSync(unfinishedFolder(out)).length).toBeGreaterThan(0)
    expect(await execute(plan(), out)).toBe("done")
    expect(existsSync(unfinishedFolder(out))).toBe(false)
  })

  it("[F7] takes the place of an earlier merge of which it reads nothing, and of nothing else", async () => {
    const [out, other] = [join(folder, "place"), join(folder, "place-other")]
    for (const at of [out, other]) expect(await execute(plan(), at)).toBe("done")
    const again = planned(`merge_method: linear\nmodels:\n${listed(["a", "place"], [1, 2])}\n`, { folder })
    const before = readFileSync(join(out, "model.safetensors"))
    symlinkSync(out, join(folder, "place-link"))
    for (const at of [out, join(folder, "place-link")]) expect(await execute(again, at)).toBe(`expected another folder than one that is read, got that of ${out}`)
    expect(readFileSync(join(out, "model.safetensors"))).toEqual(before)
    expect(await execute(again, other)).toBe("done")
    const own = join(folder, "own")
    mkdirSync(own)
    writeFileSync(join(own, "notes.txt"), "mine")
    expect(await execute(plan(), own)).toBe("expected a new name or an earlier merge, got a folder that is not one")
    expect(await execute(plan(), join(own, "notes.txt"))).toBe("expected a new name or an earlier merge, got a file that is not one")
    expect(readdirSync(own)).toEqual(["notes.txt"])
    // A model in the folder of an earlier merge would go with it.
    writeModel(join(other, "inner"), models[0] as Tensors)
    expect(await execute(planned(`merge_method: linear\nmodels:\n${listed(["place-other/inner", "b"], [1, 2])}\n`, { folder }), other)).toBe(`expected another folder than one that is read, got that of ${join(other, "inner")}`)
    expect(existsSync(join(other, "inner", "config.json"))).toBe(true)
  })

  it.each([["ties", "scope: model, density: 0.4", 2], ["lines", "alpha_from: norms", 1]] as const)("[F5] how much is read of whole models is told before how much is written: %s", async (method, params, passes) => {
    const told: MergeProgress[] = []
    const about = planned(`merge_method: ${method}\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 0.5, ${params}}\n`, { folder })
    expect(await execute(about, join(folder, `told-${method}`), { progress: (now) => void told.push(now) })).toBe("done")
    const all = about.inputs.reduce((sum, input) => sum + contentBytes(input), 0)
    const measured = told.filter(({ what }) => what === "measured")
    expect(measured.at(-1)).toEqual({ what: "measured", done: passes * all, total: passes * all })
    expect(measured.map(({ done }) => done)).toEqual(measured.map(({ done }) => done).sort((x, y) => x - y))
    expect(told.slice(0, measured.length)).toEqual(measured)
    expect(told.at(-1)?.what).toBe("written")
  })

  it("[F7] goes on from what is recorded, as a killed process leaves it, and begins anew when the record is damaged or of another merge", async () => {
    const wide = { layers: 12, vocabulary: 200, width: 128, dtype: "bf16" } as const
    for (const name of ["wide-a", "wide-b"]) writeModel(join(folder, name), modelTensors(wide, name))
    const wider = planned(`merge_method: linear\nmodels:\n${listed(["wide-a", "wide-b"], [1, 2])}\n`, { folder })
    const whole = join(folder, "resume-whole")
    expect(await execute(wider, whole)).toBe("done")
    const left = await stoppedHalfWay(wider, join(folder, "resume-left"))
    const expected = hashBytes(readFileSync(join(whole, "model.safetensors")))
    const resumed = async (damage: string, spoil: (file: (name: string) => string) => void): Promise<number> => {
      const out = join(folder, `resume-${damage}`)
      cpSync(left, unfinishedFolder(out), { recursive: true })
      spoil((name) => join(unfinishedFolder(out), name))
      const done = await executeMerge(wider, out, { clock: systemClock, seats: 1, signal: new AbortController().signal, progress: () => undefined })
      expect(hashBytes(readFileSync(join(out, "model.safetensors"))), damage).toBe(expected)
      return E.isRight(done) ? done.right.resumed : NaN
    }
    const edited = (change: (text: string) => string) => (file: (name: string) => string) => writeFileSync(file("unfinished.json"), change(readFileSync(file("unfinished.json"), "utf8")))
    const some = await resumed("none", () => undefined)
    expect(some).toBeGreaterThan(0)
    expect(some).toBeLessThan(jobsOf(wider).length)
    expect(await resumed("record", edited((text) => text.replace(/"done":"[^"]*"/, `"done":"${Buffer.alloc(jobsOf(wider).length, 1).toString("base64")}"`)))).toBe(0)
    expect(await resumed("other", edited((text) => text.replace(/"id":"./, '"id":"x')))).toBe(0)
    expect(await resumed("cut", edited((text) => text.slice(0, -5)))).toBe(0)
    expect(await resumed("shard", (file) => truncateSync(file("model.safetensors"), 100))).toBe(0)
  })
})
