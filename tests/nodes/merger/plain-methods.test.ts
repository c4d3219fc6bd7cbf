/** Every merge method beside its formula in plain loops (`plain-methods.ts`), at its defaults and at every choice that changes what it calculates. */
import { describe, expect, it } from "vitest"
import { ndarray, random, type Json, type Tensors } from "#src"
import type { Method } from "../../../nodes/merger/method/method.ts"
import { methods } from "../../../nodes/merger/methods.ts"
import { filled, mergeAll } from "./merging.ts"
import { plainMethods, type PlainModel } from "./plain-methods.ts"

const [height, columns, layers] = [9, 7, 3]
const names = [...Array.from({ length: layers }, (_, l) => `layers/${l}/w`), "head"]
const f32 = (values: ArrayLike<number>): readonly number[] => [...Float32Array.from(values)]
/** A quarter of a model's elements are the base's. */
const drawn = (id: string, from?: PlainModel): PlainModel =>
  Object.fromEntries(names.map((name) => {
    const noise = random(`${id}/${name}`).normals(height * columns)
    return [name, f32(Array.from(noise, (x, k) => (from === undefined ? x : from[name]![k]! + ((k * 7 + id.length + id.charCodeAt(id.length - 1)) % 4 === 0 ? 0 : 0.3 * x))))]
  }))
const tensors = (model: PlainModel): Tensors => Object.fromEntries(Object.entries(model).map(([name, values]) => [name, ndarray("f32", [height, columns], Float32Array.from(values))]))
const base = drawn("base")
const seed = "oracle"

/** Params beside the defaults. */
const variants: { readonly [method: string]: readonly { readonly [param: string]: Json }[] } = {
  linear: [{ normalize: false }], task_arithmetic: [{ normalize: true, lambda: 1.3 }], wise_ft: [{ alpha: 0.3 }], slerp: [{ t: 0.2 }], nearswap: [{ t: 0.2 }], karcher: [{ max_iter: 1 }],
  ties: [{ scope: "model" }, { signs: "plain", normalize: false, lambda: 0.4 }], breadcrumbs: [{ scope: "model", normalize: true }], breadcrumbs_ties: [{ signs: "plain" }],
  dare_linear: [{ rescale: "l1" }, { rescale: "none" }], dare_ties: [{ rescale: "l1", normalize: true }], della: [{ rescale: "l1", signs: "plain" }], della_linear: [{ rescale: "none" }],
  sce: [{ select_topk: 0.3 }], multislerp: [{ normalize_weights: false }], ramplus: [{ scope: "model" }, { r: 1, alpha: 5 }], lines: [{ alpha_from: "norms" }, { alpha: 0.2, beta: 0.8 }],
  variance_corrected: [{ follow: "self" }, { follow: "conservative" }, { compat: "authors" }], fisher: [{ normalize: false }],
}
const cases = [...methods.values()].flatMap((method) => [{}, ...(variants[method.name] ?? [])].map((params) => ({ method, params, title: `${method.name} ${JSON.stringify(params)}` })))

const sides = (method: Method, params: { readonly [param: string]: Json }) => {
  const ids = Array.from({ length: Math.min(method.models.most, 4) }, (_, i) => `model-${i}`)
  const models = ids.map((id) => drawn(id, base))
  const own: { readonly [param: string]: Json } = { weight: 0, density: 0.6, gamma: 0.1, epsilon: 0.2, floor: 1e-3, scale: 1.7 }
  const each = ids.map((_, i) => Object.fromEntries(Object.keys(method.each).map((name) => [name, name === "weight" ? 0.3 + i / 7 : own[name] as number])))
  const fisher = ids.map((id) => Object.fromEntries(Object.entries(drawn(`${id}/fisher`)).map(([name, values]) => [name, f32(values.map((x) => x * x))])))
  const merged = mergeAll(method, {
    models: models.map(tensors), ids, params, each, seed,
    ...(method.base === "none" ? {} : { base: tensors(base) }),
    ...(method.companions === undefined ? {} : { companions: fisher.map((of) => ({ fisher: tensors(of) })) }),
  })
  const full = filled(method.params, params)({ name: "", shape: [], layer: undefined, layers: 0 }) as PlainMergeParams
  const draws = (i: number, tensor: string): readonly number[] => {
    const stream = random(seed).fork(tensor).fork(`mask/${ids[i]}`)
    return Array.from({ length: height * columns }, (_, k) => stream.words(Math.floor(k / 4))[k % 4]! / 2 ** 32)
  }
  const layer = (tensor: string) => (tensor === "head" ? undefined : ([names.indexOf(tensor), layers] as const))
  return { merged, plain: (tensor: string) => plainMethods[method.name]!({ base, models, params: full, each, fisher, draws, columns, layer }, tensor) }
}
type PlainMergeParams = { readonly [param: string]: number | string | boolean }

describe("[M1] merge methods and their formulas", () => {
  it("are there for every method", () => expect(Object.keys(plainMethods).sort()).toEqual([...methods.keys()].sort()))

  it.each(cases)("$title", ({ method, params }) => {
    const { merged, plain } = sides(method, params)
    for (const name of names) {
      const [found, wanted] = [[...(merged[name]!.data as Float32Array)], plain(name)]
      // One rounding to f32; sums in another order are off by far less.
      found.forEach((x, k) => expect(Math.abs(x - wanted[k]!), `${name} ${k}: ${x} and ${wanted[k]}`).toBeLessThan(1e-7 * Math.max(1, Math.abs(wanted[k]!))))
    }
  })
})
