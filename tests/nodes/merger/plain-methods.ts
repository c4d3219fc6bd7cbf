/**
 * Every merge method as its formula says it, in plain loops over float64, a whole model at a time: nothing of `nodes` is in it. Vectors are
 * tensors row by row. What the methods themselves round on the way (sizes that are compared, as f32) is rounded here too.
 */
export type Vector = readonly number[]
export type PlainModel = { readonly [tensor: string]: Vector }

export interface PlainMerge {
  readonly base: PlainModel
  readonly models: readonly PlainModel[]
  readonly params: { readonly [param: string]: number | string | boolean }
  readonly each: readonly { readonly [param: string]: number }[]
  /** Fisher information beside each model. */
  readonly fisher: readonly PlainModel[]
  /** Uniform numbers from 0 to 1 of model `i` and a tensor, one an element. */
  readonly draws: (i: number, tensor: string) => Vector
  readonly columns: number
  /** Of a tensor: which layer, of how many; undefined outside of them. */
  readonly layer: (tensor: string) => readonly [layer: number, of: number] | undefined
}

type Plain = (merge: PlainMerge, tensor: string) => Vector

const total = (v: Vector): number => v.reduce((a, b) => a + b, 0)
const dot = (a: Vector, b: Vector): number => total(a.map((x, k) => x * b[k]!))
const length = (v: Vector): number => Math.sqrt(dot(v, v))
const minus = (a: Vector, b: Vector): Vector => a.map((x, k) => x - b[k]!)
const times = (by: number, v: Vector): Vector => v.map((x) => by * x)
const plus = (...vs: readonly Vector[]): Vector => vs[0]!.map((_, k) => total(vs.map((v) => v[k]!)))
const rows = (v: Vector, columns: number): readonly Vector[] => Array.from({ length: v.length / columns }, (_, r) => v.slice(r * columns, (r + 1) * columns))
const descending = (v: Vector): Vector => [...v].sort((a, b) => b - a)

const of = ({ models }: PlainMerge, tensor: string): readonly Vector[] => models.map((model) => model[tensor]!)
const deltas = (merge: PlainMerge, tensor: string): readonly Vector[] => of(merge, tensor).map((v) => minus(v, merge.base[tensor]!))
const weights = ({ each }: PlainMerge): Vector => each.map(({ weight }) => weight!)

const linear: Plain = (merge, tensor) => {
  const sum = plus(...of(merge, tensor).map((v, i) => times(weights(merge)[i]!, v)))
  return merge.params["normalize"] === true ? times(1 / total(weights(merge)), sum) : sum
}
const linearMergekit: Plain = (merge, tensor) => {
  const f = Math.fround
  const w = weights(merge).map(f)
  const divisor = w.reduce((sum, x) => f(sum + x), 0)
  return merge.base[tensor]!.map((_, k) => f(of(merge, tensor).reduce((sum, v, i) => f(sum + f(w[i]! * v[k]!)), 0) / divisor))
}
const wiseFt: Plain = (merge, tensor) => plus(times(1 - (merge.params["alpha"] as number), merge.base[tensor]!), times(merge.params["alpha"] as number, of(merge, tensor)[0]!))
const passthrough: Plain = (merge, tensor) => times(merge.each[0]!["scale"]!, of(merge, tensor)[0]!)
const nearswap: Plain = ({ base, models, params }, tensor) =>
  base[tensor]!.map((a, k) => {
    const b = models[0]![tensor]![k]!
    return a + Math.min(1, (params["t"] as number) / Math.max(Math.abs(a - b), 1e-6)) * (b - a)
  })
const taskArithmetic: Plain = (merge, tensor) => {
  const sum = plus(...deltas(merge, tensor).map((d, i) => times(weights(merge)[i]!, d)))
  return plus(merge.base[tensor]!, times((merge.params["lambda"] as number) / (merge.params["normalize"] === true ? total(weights(merge)) : 1), sum))
}
const lines: Plain = (merge, tensor) => {
  const l1 = (vectors: readonly Vector[]): number => total(plus(...vectors).map(Math.abs))
  const names = Object.keys(merge.base)
  const norms = (by: Vector): number => total(names.map((name) => l1(deltas(merge, name).map((d, i) => times(by[i]!, d)))))
  const alpha = merge.params["alpha_from"] === "norms" ? norms(weights(merge).map(() => 1)) / norms(weights(merge)) / merge.models.length : (merge.params["alpha"] as number)
  const at = merge.layer(tensor)
  const scale = at === undefined ? alpha : alpha + ((merge.params["beta"] as number) * at[0]) / (at[1] - 1)
  return plus(merge.base[tensor]!, times(scale, plus(...deltas(merge, tensor).map((d, i) => times(weights(merge)[i]!, d)))))
}

/** Of a task vector, what its method leaves. */
type Sparse = (merge: PlainMerge, i: number, tensor: string) => Vector
const size = (x: number): number => Math.fround(Math.abs(x))
/** Sizes from which on, and up to which, elements of model `i` stay; over a tensor or the model. */
const between = (merge: PlainMerge, i: number, tensor: string, gamma: number): readonly [least: number, most: number] => {
  const names = merge.params["scope"] === "model" ? Object.keys(merge.base) : [tensor]
  const sizes = descending(names.flatMap((name) => deltas(merge, name)[i]!.map(size)))
  const kept = Math.max(1, Math.floor(merge.each[i]!["density"]! * sizes.length))
  const dropped = Math.min(Math.floor(gamma * sizes.length), sizes.length - kept)
  return [sizes[dropped + kept - 1]!, sizes[dropped]!]
}
const largest: Sparse = (merge, i, tensor) => {
  const [least] = between(merge, i, tensor, 0)
  return deltas(merge, tensor)[i]!.map((d) => (size(d) >= least ? d : 0))
}
const withoutOutliers: Sparse = (merge, i, tensor) => {
  const [least, most] = between(merge, i, tensor, merge.each[i]!["gamma"]!)
  return deltas(merge, tensor)[i]!.map((d) => (size(d) >= least && size(d) <= most ? d : 0))
}
const byChance = (chances: (merge: PlainMerge, i: number, delta: Vector) => Vector): Sparse => (merge, i, tensor) => {
  const delta = deltas(merge, tensor)[i]!
  const chance = chances(merge, i, delta)
  const kept = delta.map((d, k) => (merge.draws(i, tensor)[k]! < chance[k]! ? d : 0))
  const { rescale } = merge.params
  if (rescale === "none") return kept
  return rescale === "l1" ? times(total(delta.map(Math.abs)) / total(kept.map(Math.abs)), kept) : kept.map((d, k) => d / chance[k]!)
}
const random = byChance(({ each }, i, delta) => delta.map(() => each[i]!["density"]!))
const ranked = byChance(({ each, columns }, i, delta) =>
  rows(delta, columns).flatMap((row) => {
    const { density = 0, epsilon = 0 } = each[i]!
    return row.map((d) => density - epsilon + (2 * epsilon * row.filter((other) => Math.abs(other) < Math.abs(d)).length) / (row.length - 1))
  }),
)
const summed = (sparse: Sparse): Plain => (merge, tensor) => {
  const sum = plus(...merge.models.map((_, i) => times(weights(merge)[i]!, sparse(merge, i, tensor))))
  return plus(merge.base[tensor]!, times((merge.params["lambda"] as number) / (merge.params["normalize"] === true ? total(weights(merge)) : 1), sum))
}
const elected = (sparse: Sparse): Plain => (merge, tensor) => {
  const vectors = merge.models.map((_, i) => sparse(merge, i, tensor))
  return merge.base[tensor]!.map((base, k) => {
    const given = vectors.map((v, i) => ({ value: weights(merge)[i]! * v[k]!, weight: weights(merge)[i]!, vote: merge.params["signs"] === "plain" ? v[k]! : weights(merge)[i]! * v[k]! }))
    const up = total(given.map(({ vote }) => vote)) >= 0
    const agreeing = given.filter(({ vote }) => (up ? vote > 0 : vote < 0))
    const mass = total(agreeing.map(({ weight }) => weight))
    return base + ((merge.params["lambda"] as number) * total(agreeing.map(({ value }) => value))) / (merge.params["normalize"] === true && mass !== 0 ? mass : 1)
  })
}
const sce: Plain = (merge, tensor) => {
  const vectors = deltas(merge, tensor)
  const variance = vectors[0]!.map((_, k) => {
    const mean = total(vectors.map((v) => v[k]!)) / vectors.length
    return Math.fround(total(vectors.map((v) => (v[k]! - mean) ** 2)) / vectors.length)
  })
  const topk = merge.params["select_topk"] as number
  const least = topk >= 1 ? 0 : descending(variance)[Math.floor(topk * variance.filter((v) => v > 0).length) - 1]!
  const squares = vectors.map((v) => total(v.map((d, k) => (variance[k]! >= least ? d * d : 0))))
  return merge.base[tensor]!.map((base, k) => {
    const sign = total(vectors.map((v) => v[k]!)) >= 0 ? 1 : -1
    const agreeing = vectors.map((v, i) => [v[k]!, squares[i]! / total(squares)] as const).filter(([d]) => d * sign > 0)
    return base + (variance[k]! >= least ? total(agreeing.map(([d, w]) => w * d)) / Math.max(total(agreeing.map(([, w]) => w)), 1e-6) : 0)
  })
}

/** Along the great circle through two vectors. */
const circle = (a: Vector, b: Vector, t: number): Vector => {
  const angle = Math.acos(dot(a, b) / (length(a) * length(b)))
  return plus(times(Math.sin((1 - t) * angle) / Math.sin(angle), a), times(Math.sin(t * angle) / Math.sin(angle), b))
}
const slerp: Plain = (merge, tensor) => circle(of(merge, tensor)[0]!, of(merge, tensor)[1]!, merge.params["t"] as number)
const nuslerp = (cut: (v: Vector, columns: number) => readonly Vector[], join: (parts: readonly Vector[], columns: number) => Vector): Plain => (merge, tensor) => {
  const [a, b] = deltas(merge, tensor).map((v) => cut(v, merge.columns)) as [readonly Vector[], readonly Vector[]]
  const t = weights(merge)[1]! / total(weights(merge))
  return plus(merge.base[tensor]!, join(a.map((part, i) => circle(part, b[i]!, t)), merge.columns))
}
const columnsOf = (v: Vector, columns: number): readonly Vector[] => Array.from({ length: columns }, (_, c) => v.filter((_, k) => k % columns === c))
const joinColumns = (parts: readonly Vector[]): Vector => parts[0]!.flatMap((_, r) => parts.map((part) => part[r]!))

const frechet = (vectors: readonly Vector[], by: Vector, steps: number, tolerance: number): Vector => {
  const units = vectors.map((v) => times(1 / length(v), v))
  const unit = (v: Vector): Vector => times(1 / length(v), v)
  let at = unit(plus(...units.map((u, i) => times(by[i]!, u))))
  for (let step = 0; step < steps; step++) {
    const tangent = times(1 / total(by), plus(...units.map((u, i) => {
      const angle = Math.acos(dot(at, u))
      return times((by[i]! * angle) / Math.sin(angle), minus(u, times(dot(at, u), at)))
    })))
    const far = length(tangent)
    if (far < tolerance) break
    at = unit(plus(times(Math.cos(far), at), times(Math.sin(far) / far, tangent)))
  }
  return times(total(vectors.map((v, i) => by[i]! * length(v))) / total(by), at)
}
const multislerp: Plain = (merge, tensor) => plus(merge.base[tensor]!, times(merge.params["normalize_weights"] === true ? 1 : total(weights(merge)), frechet(deltas(merge, tensor), weights(merge), 100, 1e-12)))
const karcher: Plain = (merge, tensor) => frechet(of(merge, tensor), merge.models.map(() => 1), merge.params["max_iter"] as number, merge.params["tol"] as number)

const stocked = (vectors: readonly Vector[], base: Vector): Vector => {
  const d = vectors.map((v) => minus(v, base))
  const n = d.length
  const pairs = d.flatMap((a, i) => d.slice(0, i).map((b) => dot(a, b) / (length(a) * length(b))))
  const c = total(pairs) / pairs.length
  const t = c <= 0 ? 0 : (n * c) / (1 + (n - 1) * c)
  return plus(times(t / n, plus(...vectors)), times(1 - t, base))
}
const modelStock: Plain = (merge, tensor) => stocked(of(merge, tensor), merge.base[tensor]!)
const modelStockRows: Plain = (merge, tensor) => rows(merge.base[tensor]!, merge.columns).flatMap((base, r) => stocked(of(merge, tensor).map((v) => rows(v, merge.columns)[r]!), base))

const arceeFusion: Plain = ({ base, models, columns }, tensor) => {
  const [a, b] = [models[0]![tensor]!, base[tensor]!]
  const soft = (row: Vector): Vector => row.map((x) => Math.exp(x) / total(row.map(Math.exp)) + 1e-8)
  const divergence = rows(a, columns).map((row, r) => {
    const [p, q] = [soft(row), soft(rows(b, columns)[r]!)]
    return Math.max(0, total(p.map((x, k) => x * Math.log(x / q[k]!))))
  })
  const importance = a.map((x, k) => Math.fround(Math.abs(x - b[k]!) * divergence[Math.floor(k / columns)]!))
  const sorted = [...importance].sort((x, y) => x - y)
  const quantile = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))]!
  const least = quantile(0.5) + 1.5 * (quantile(0.75) - quantile(0.25))
  return a.map((x, k) => (importance[k]! >= least ? x : b[k]!))
}

const changed = (merge: PlainMerge, tensor: string): readonly (readonly boolean[])[] => deltas(merge, tensor).map((d) => d.map((x) => Math.abs(x) > (merge.params["epsilon"] as number)))
const rams = (scales: (merge: PlainMerge, tensor: string) => Vector): Plain => (merge, tensor) =>
  merge.base[tensor]!.map((base, k) => {
    const who = changed(merge, tensor).flatMap((is, i) => (is[k] ? [i] : []))
    const d = total(who.map((i) => deltas(merge, tensor)[i]![k]!))
    return base + (who.length === 1 ? d * scales(merge, tensor)[who[0]!]! : who.length === 0 ? 0 : d / who.length)
  })
const ram = rams(({ models }) => models.map(() => 1))
const ramPlus = rams((merge, tensor) => {
  const names = merge.params["scope"] === "model" ? Object.keys(merge.base) : [tensor]
  return merge.models.map((_, i) => {
    const counts = names.flatMap((name) => {
      const all = changed(merge, name)
      return all[i]!.flatMap((is, k) => (is ? [all.filter((other) => other[k]).length] : []))
    })
    const [alone, together] = [counts.filter((n) => n === 1).length, counts.filter((n) => n > 1).length]
    return 1 + (merge.params["r"] as number) * Math.min(together / alone, merge.params["alpha"] as number)
  })
})

const varianceCorrected: Plain = (merge, tensor) => {
  const mean = (v: Vector): number => total(v) / v.length
  const variance = (v: Vector): number => total(v.map((x) => (x - mean(v)) ** 2)) / (v.length - 1)
  const shares = times(1 / total(weights(merge)), weights(merge))
  const vectors = of(merge, tensor)
  const average = plus(...vectors.map((v, i) => times(shares[i]!, v)))
  const [own, ...others] = vectors.map(variance) as [number, ...number[]]
  const { follow, compat } = merge.params
  const wanted = follow === "self" ? own : follow === "others" ? mean([own, ...others]) : shares[0]! * own + (1 - shares[0]!) * mean(others)
  const eps = compat === "authors" ? 1e-4 : 0
  return average.map((x) => (x - mean(average)) * Math.sqrt((wanted + eps) / (variance(average) + eps)) + mean(average))
}
const fisher: Plain = (merge, tensor) => {
  const shares = merge.fisher.map((information, i) => {
    const norm = merge.params["normalize"] === true ? length(Object.values(information).flat()) : 1
    return information[tensor]!.map((f) => (weights(merge)[i]! * Math.max(f, merge.each[i]!["floor"]!)) / norm)
  })
  return merge.base[tensor]!.map((_, k) => total(shares.map((share, i) => share[k]! * of(merge, tensor)[i]![k]!)) / total(shares.map((share) => share[k]!)))
}

const whole = (v: Vector): readonly Vector[] => [v]
export const plainMethods: { readonly [method: string]: Plain } = {
  linear, linear_mergekit: linearMergekit, wise_ft: wiseFt, task_arithmetic: taskArithmetic, passthrough, nearswap, lines, sce, slerp, karcher, multislerp, ram, fisher,
  ties: elected(largest), breadcrumbs: summed(withoutOutliers), breadcrumbs_ties: elected(withoutOutliers),
  dare_linear: summed(random), dare_ties: elected(random), della_linear: summed(ranked), della: elected(ranked),
  nuslerp: nuslerp(whole, (parts) => parts.flat()), nuslerp_rows: nuslerp(rows, (parts) => parts.flat()), nuslerp_columns: nuslerp(columnsOf, joinColumns),
  model_stock: modelStock, model_stock_rows: modelStockRows, arcee_fusion: arceeFusion, ramplus: ramPlus, variance_corrected: varianceCorrected,
}
