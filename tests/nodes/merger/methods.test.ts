/** What holds for every merge method alike. */
import { describe, expect, it } from "vitest"
import { ndarray, random, type Tensors } from "#src"
import { decodeParams } from "../../../src/schema/param.ts"
import type { Measuring } from "../../../nodes/merger/method/measuring.ts"
import type { Method } from "../../../nodes/merger/method/method.ts"
import { mergekit, mergekitVariant, methods } from "../../../nodes/merger/methods.ts"
import { filled, mergeAll, type Given } from "./merging.ts"

const model = (id: string, from?: Tensors): Tensors => {
  const draw = (name: string, shape: readonly number[]) => {
    const size = shape.reduce((a, b) => a * b, 1)
    const noise = random(`${id}/${name}`).normals(size)
    const base = from?.[name]?.data as Float32Array | undefined
    return ndarray("f32", shape, noise.map((x, k) => (base === undefined ? x : base[k]! + 0.1 * x)))
  }
  return { "layers/0/w": draw("layers/0/w", [9, 7]), "layers/1/w": draw("layers/1/w", [5, 30]), b: draw("b", [4]), s: draw("s", []) }
}

const base = model("base")
const defaultsOf = (method: Method): never => filled(method.params)({ name: "", shape: [], layer: undefined, layers: 0 }) as never
/** Of few models, and of many where a method measures those in another way. */
const cases = [...methods.values()].flatMap((method) =>
  [4, 20]
    .map((count) => Math.min(method.models.most, count))
    .filter((count, i) => i === 0 || method.passes(defaultsOf(method), count) !== method.passes(defaultsOf(method), 4))
    .map((count) => ({ name: method.name, method, count })),
)

/** A merge of some models, params at values that let everything happen. */
const givenTo = (method: Method, order: readonly number[]): Given => ({
  ...(method.base === "none" ? {} : { base }),
  models: order.map((i) => model(`model-${i}`, base)),
  ids: order.map((i) => `model-${i}`),
  each: order.map((i) => ({ ..."weight" in method.each ? { weight: 0.3 + i / 7 } : {}, ..."density" in method.each ? { density: 0.6 } : {} })),
  ...(method.companions === undefined ? {} : { companions: order.map((i) => Object.fromEntries((method.companions ?? []).map((name) => [name, squares(model(`${name}-${i}`))]))) }),
})

const squares = (tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, { shape, data }]) => [name, ndarray("f32", shape, (data as Float32Array).map((x) => x * x))]))

const counting = (method: Method, count: (pass: number) => void): Method => {
  const counted = <A>(measuring: Measuring<A>, pass: number): Measuring<A> => {
    count(pass)
    return measuring.known ? measuring : { ...measuring, then: (total) => counted(measuring.then(total), pass + 1) }
  }
  const { measure, judge } = method
  const passesOf = <A>(measuring: Measuring<A>): number => {
    let pass = 0
    for (let now = measuring; !now.known; now = now.then(undefined)) pass++
    return pass
  }
  return {
    ...method,
    ...(measure === undefined ? {} : { measure: (site: never) => counted(measure(site), 1) }),
    ...(judge === undefined ? {} : { judge: (site: never, measured: never, sums: never) => counted(judge(site, measured, sums), 1 + (measure === undefined ? 0 : passesOf(measure(site)))) }),
  }
}

describe.each(cases)("$name of $count", ({ method, count }) => {
  const given = (of: Method, order = Array.from({ length: count }, (_, i) => i)): Given => givenTo(of, order)
  const merged = mergeAll(method, given(method))

  it("gives finite numbers that are of all its models", () => {
    for (const { data } of Object.values(merged)) expect([...data].every(Number.isFinite)).toBe(true)
    const other = { ...given(method), models: given(method).models.map((tensors, i) => (i === count - 1 ? model("another", base) : tensors)) }
    expect(mergeAll(method, other)).not.toEqual(merged)
  })

  // mergekit's arithmetic divides by 0.
  it.runIf("weight" in method.each && method.name !== "linear_mergekit")("gives numbers where no model has a weight, and where one that has is the base", () => {
    const [first, ...others] = given(method).models
    for (const weight of [0, 1]) {
      const merged = mergeAll(method, { ...given(method), models: [method.base === "none" ? (first as Tensors) : base, ...others], each: [{ weight }, ...others.map(() => ({ weight: 0 }))] })
      for (const { data } of Object.values(merged)) expect([...data].every(Number.isFinite)).toBe(true)
    }
  })

  it.runIf(method.symmetric)("M3 the order of models changes no byte", () => {
    const places = Array.from({ length: count }, (_, i) => i)
    const orders = [places.toReversed(), [...places.slice(1), 0], places.toSorted((i, j) => (i % 3) - (j % 3) || i - j)]
    const results = orders.map((order) => mergeAll(method, given(method, order)))
    for (const result of results) expect(result).toEqual(merged)
  })

  it("M2 cutting blocks elsewhere changes nothing, but the rounding of what is measured", () => {
    const cut = mergeAll(method, { ...given(method), blockElements: 20 })
    for (const [name, { data }] of Object.entries(merged)) {
      const off = [...(data as Float32Array)].map((x, k) => Math.abs(x - (cut[name]!.data[k] as number)))
      expect(Math.max(...off)).toBeLessThan(method.measure === undefined ? 1e-300 : 1e-6)
    }
  })

  it("M2 reading more or less at a time changes no byte", () => {
    const wide = (id: string): Tensors => {
      const [shared, own] = [random("wide").normals(15_003), random(id).normals(15_003)]
      return { "layers/0/w": ndarray("f32", [3, 5_001], shared.map((x, k) => x + 0.1 * own[k]!)) }
    }
    const { companions: _, ...of } = given(method)
    const wideGiven = {
      ...of,
      ...(method.base === "none" ? {} : { base: wide("base") }),
      models: (of.ids ?? []).map(wide),
      ...(method.companions === undefined ? {} : { companions: (of.ids ?? []).map((id) => Object.fromEntries((method.companions ?? []).map((name) => [name, squares(wide(`${name} ${id}`))]))) }),
    }
    expect(mergeAll(method, { ...wideGiven, pieceElements: 4_096 })).toEqual(mergeAll(method, wideGiven))
  })

  it("M1 reads as often as it says, or less", () => {
    let most = 1
    mergeAll(counting(method, (pass) => (most = Math.max(most, pass))), given(method))
    expect(method.passes(defaultsOf(method), count)).toBe(most)
  })

  it("changes nothing where nothing differs", () => {
    if (["task_arithmetic", "lines"].includes(method.name) || method.seeded === true) return
    const same = mergeAll(method, { ...given(method), each: [], models: given(method).models.map(() => base), ...(method.base === "none" ? {} : { base }) })
    for (const [name, { data }] of Object.entries(same)) data.forEach((x, k) => expect(x).toBeCloseTo(base[name]!.data[k] as number, 5))
  })

  it("has defaults for all of its params", () => {
    expect(decodeParams(method.params, {})._tag).toBe("Right")
    expect(decodeParams(method.each, {})._tag).toBe("Right")
  })
})

describe("defaults", () => {
  const valuesOf = (name: string): object => {
    const { params, each } = methods.get(name) as Method
    return Object.fromEntries(Object.entries({ ...params, ...each }).map(([param, { default: value }]) => [param, value]))
  }
  const others = { weight: 1 }
  // Of the authors' papers or code, where they have any.
  it.each([
    ["wise_ft", { alpha: 0.5 }],
    ["task_arithmetic", { lambda: 0.3, normalize: false, ...others }],
    ["ties", { lambda: 1, normalize: true, scope: "tensor", signs: "weighted", compat: "none", density: 0.2, ...others }],
    ["dare_linear", { lambda: 1, normalize: false, rescale: "chance", density: 0.5, ...others }],
    ["dare_ties", { lambda: 1, normalize: false, rescale: "chance", signs: "weighted", density: 0.5, ...others }],
    ["breadcrumbs", { lambda: 0.2, normalize: false, scope: "tensor", compat: "none", density: 0.15, gamma: 0.006, ...others }],
    ["breadcrumbs_ties", { lambda: 0.2, normalize: false, scope: "tensor", compat: "none", signs: "weighted", density: 0.15, gamma: 0.006, ...others }],
    ["della", { lambda: 1, normalize: true, rescale: "chance", signs: "weighted", density: 0.7, epsilon: 0.07, ...others }],
    ["della_linear", { lambda: 1, normalize: false, rescale: "chance", density: 0.7, epsilon: 0.07, ...others }],
    ["sce", { select_topk: 1, compat: "none" }],
    ["slerp", { t: 0.5 }],
    ["karcher", { max_iter: 10, tol: 1e-5 }],
    ["multislerp", { normalize_weights: true, compat: "none", ...others }],
    ["nearswap", { t: 1e-4 }],
    ["ram", { epsilon: 1e-5 }],
    ["ramplus", { epsilon: 1e-5, r: 0.1, alpha: 0.2, scope: "tensor" }],
    ["fisher", { normalize: true, floor: 0, ...others }],
    ["variance_corrected", { follow: "others", compat: "none", ...others }],
    ["lines", { alpha: 0.5, beta: 0.5, alpha_from: "param", ...others }],
  ])("of %s", (name, wanted) => expect(valuesOf(name)).toEqual(wanted))

  // By mergekit's names, mergekit's.
  it.each([
    ["task_arithmetic", { lambda: 1 }, {}],
    ["ties", {}, { density: 1 }],
    ["dare_ties", { lambda: 1, rescale: "l1" }, { density: 1 }],
    ["dare_linear", { lambda: 1, rescale: "l1" }, { density: 1 }],
    ["breadcrumbs", { lambda: 1 }, { density: 1, gamma: 0.01 }],
    ["breadcrumbs_ties", { lambda: 1 }, { density: 1, gamma: 0.01 }],
    ["della", { lambda: 1, rescale: "l1" }, { density: 1, epsilon: 0.15 }],
    ["della_linear", { lambda: 1, rescale: "l1" }, { density: 1, epsilon: 0.15 }],
  ])("of %s in mergekit's YAML", (name, params, each) => {
    const known = mergekit.get(name)
    expect([known?.params ?? {}, known?.each ?? {}]).toEqual([params, each])
  })
})

describe("mergekit's names", () => {
  it.each([...mergekit])("%s has params that the method knows, compat ones too", (name, { method, params = {}, each = {}, compat = {} }) => {
    expect(decodeParams(method.params, { ...params, ...compat })._tag).toBe("Right")
    expect(decodeParams(method.each, each)._tag).toBe("Right")
    expect(mergekitVariant(name, {})?.method.name).toBe(method.name)
  })
  it("stand for other methods with some flags", () => {
    expect(mergekitVariant("nuslerp", { nuslerp_flatten: false })?.method.name).toBe("nuslerp_rows")
    expect(mergekitVariant("nuslerp", { nuslerp_flatten: false, nuslerp_row_wise: true })?.method.name).toBe("nuslerp_columns")
    expect(mergekitVariant("model_stock", { filter_wise: true })?.method.name).toBe("model_stock_rows")
  })
})
