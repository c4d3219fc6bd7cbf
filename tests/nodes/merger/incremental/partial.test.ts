import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { canonical, random, ndarray, type Tensors } from "#src"
import { finishPartials, plusPartials, partialOf } from "../../../../nodes/merger/incremental/partial.ts"
import { mergeTensors, type Merge } from "../../../../nodes/merger/method/merge-tensors.ts"
import { sumOver, sumTree } from "../../../../nodes/merger/method/sum-tree.ts"
import { methods } from "../../../../nodes/merger/methods.ts"
import { filled } from "../merging.ts"

const model = (id: string): Tensors => ({ w: ndarray("f32", [30, 7], random(`${id}/w`).normals(210)), b: ndarray("f32", [5], random(`${id}/b`).normals(5)) })
const squares = (of: Tensors): Tensors => Object.fromEntries(Object.entries(of).map(([name, { shape, data }]) => [name, ndarray("f32", shape, (data as Float32Array).map((x) => x * x))]))

describe("partial sums", () => {
  it.each(["linear", "task_arithmetic", "ties", "dare_ties", "dare_linear", "breadcrumbs", "della", "ram", "fisher"])("M3 %s: a changed weight or model costs one term and the additions above it, and gives the bytes of a merge from scratch", (name) => {
    const method = methods.get(name)!
    const mergeOf = (ids: readonly string[], weights: readonly number[]): Merge => ({
      method,
      params: filled(method.params),
      ...(method.base === "none" ? {} : { base: model("base") }),
      models: ids.map((id, i) => ({
        id, tensors: model(id),
        params: filled(method.each, { ..."weight" in method.each ? { weight: weights[i]! } : {}, ..."density" in method.each ? { density: 0.5 } : {} }),
        ...(method.companions === undefined ? {} : { companions: { fisher: squares(model(`${id}/f`)) } }),
      })),
      random: random("seed"),
    })
    const kept = new Map<string, Tensors>()
    let made = 0
    const remember = (key: string, make: () => Tensors): Tensors => {
      if (!kept.has(key)) {
        made++
        kept.set(key, make())
      }
      return kept.get(key)!
    }
    const incremental = (merge: Merge): Tensors => {
      const place = { name: "w", shape: [30, 7], layer: undefined, layers: 0 }
      const tree = sumTree(merge.models.map(({ id }) => id), merge.models.map(({ params }) => canonical(params(place))))
      type Partial = { readonly key: string; readonly sums: Tensors }
      const total = sumOver<Partial>(
        tree,
        (i) => {
          const one = merge.models[i]!
          const key = `${one.id} ${canonical(one.params(place))}`
          return { key, sums: remember(key, () => partialOf({ ...merge, models: [one] })) }
        },
        (a, b) => ({ key: `(${a.key} ${b.key})`, sums: remember(`(${a.key} ${b.key})`, () => plusPartials(a.sums, b.sums)) }),
      )!
      return finishPartials(merge, total.sums)
    }
    const scratch = (merge: Merge) => {
      const merged = mergeTensors(merge)
      if (E.isLeft(merged)) throw new Error(merged.left)
      return merged.right
    }
    const ids = Array.from({ length: 16 }, (_, i) => `model-${i}`)
    const weights = ids.map((_, i) => 0.1 + i / 30)
    for (const [merge, most] of [
      [mergeOf(ids, weights), 31],
      [mergeOf(ids, weights.map((w, i) => (i === 5 ? 0.77 : w))), 9],
      [mergeOf(ids.map((id, i) => (i === 3 ? "another" : id)), weights.map((w, i) => (i === 5 ? 0.77 : w))), 13],
      [mergeOf(ids, weights), 0],
    ] as const) {
      made = 0
      expect(incremental(merge)).toEqual(scratch(merge))
      expect(made).toBeLessThanOrEqual(most)
    }
  })
})
