/**
 * PLeaS (Nasery et al., arXiv 2407.02447): units are matched by what they do, the pairs that are least alike stay two units, and then
 * each map of the joined network is fitted by least squares to what the two networks answer inside, on the same data. A network between one
 * and two times as wide.
 *
 * The authors fit with Adam; the problem is quadratic and separates by outputs, so it is solved here. Maps from units of one network
 * to units of the other are kept at 0, as theirs are.
 */
import { must } from "#src"
import { biasName, tensorOf, weightName, type Network } from "../../port/network.ts"
import { part } from "../with-data/activations.ts"
import { matrix, solve, type Matrix } from "../with-data/solve.ts"
import { assemble, joinedMap, sidesOf, type Groups } from "./group.ts"
import type { Matched } from "./match-activations.ts"

/** Groups of each hidden layer: the share `separate` of pairs that are least alike stays apart. */
export const partialGroups = ({ orders, similarities }: Matched, separate: number): readonly Groups[] =>
  orders.map((order, l) => {
    const d = order.length
    const worst = order.map((_, place) => place).sort((i, j) => similarities[l]![i]! - similarities[l]![j]! || i - j).slice(0, Math.round(separate * d))
    const apart = new Set(worst)
    return [
      ...order.flatMap((unit, place) => (apart.has(place) ? [] : [[place, d + unit]])),
      ...worst.map((place) => [place]),
      ...worst.map((place) => [d + (order[place] as number)]),
    ]
  })

/** Means over groups of rows and columns: `T^T G T`, the constant at the end by itself. */
const grouped = (gram: Matrix, rows: Groups, columns: Groups): Matrix => {
  const out = matrix(rows.length, columns.length)
  rows.forEach((r, i) =>
    columns.forEach((c, j) => {
      let sum = 0
      for (const x of r) for (const y of c) sum += gram.data[x * gram.columns + y]!
      out.data[i * columns.length + j] = sum / (r.length * c.length)
    }),
  )
  return out
}

/** Which network a group is of: 0, 1, or both. */
const sideOf = (group: readonly number[], width: number): number | undefined => {
  const sides = new Set(group.map((i) => Number(i >= width)))
  return sides.size === 1 ? [...sides][0] : undefined
}

/** Products of grouped inputs (and 1) with what both networks answer at grouped outputs: [groups in + 1, groups out]. */
const crossed = (a: Network, b: Network, l: number, gram: Matrix, from: Groups, to: Groups): Matrix => {
  const [rows, columns] = a.meta.widths.slice(l, l + 2) as [number, number]
  // Column j of both networks' maps, on [inputs of a, inputs of b, 1].
  const answer = (j: number): Float64Array => {
    const [of, offset] = j < columns ? ([a, 0] as const) : ([b, rows] as const)
    const out = new Float64Array(gram.columns)
    const weight = tensorOf(of, weightName(l)).data
    for (let i = 0; i < rows; i++) out[offset + i] = weight[i * columns + (j % columns)]!
    out[gram.columns - 1] = tensorOf(of, biasName(l)).data[j % columns]!
    return out
  }
  const out = matrix(from.length + 1, to.length)
  const inputs = [...from, [gram.columns - 1]]
  to.forEach((group, c) => {
    const target = new Float64Array(gram.columns)
    for (const j of group) answer(j).forEach((x, k) => (target[k]! += x / group.length))
    const against = Float64Array.from({ length: gram.rows }, (_, i) => {
      let sum = 0
      for (let k = 0; k < target.length; k++) sum += gram.data[i * gram.columns + k]! * target[k]!
      return sum
    })
    inputs.forEach((members, r) => (out.data[r * to.length + c] = members.reduce((sum, i) => sum + against[i]!, 0) / members.length))
  })
  return out
}

/**
 * Map `l` by least squares; where the data says nothing, as it was joined.
 * @param gram of [inputs of a, inputs of b, 1] at map l
 */
const fitted = (a: Network, b: Network, hidden: readonly Groups[], l: number, gram: Matrix, ridge: number): { readonly weight: Float64Array; readonly bias: Float64Array } => {
  const [from, to] = sidesOf(a.meta.widths, hidden, l)
  const [rows, columns] = a.meta.widths.slice(l, l + 2) as [number, number]
  const start = joinedMap(a, b, hidden, l)
  const inputs = [...from, [gram.columns - 1]]
  const [all, targets] = [grouped(gram, inputs, inputs), crossed(a, b, l, gram, from, to)]
  const near = matrix(from.length + 1, to.length, concatenated(start.weight, start.bias))
  const out = matrix(near.rows, near.columns)
  for (const side of [undefined, 0, 1]) {
    const outputs = to.flatMap((group, c) => (sideOf(group, columns) === side ? [c] : []))
    const allowed = inputs.flatMap((group, r) => (r === from.length || side === undefined || sideOf(group, rows) === undefined || sideOf(group, rows) === side ? [r] : []))
    if (outputs.length === 0) continue
    const solution = solve(part(all, allowed), part(targets, allowed, outputs), part(near, allowed, outputs), ridge)
    allowed.forEach((r, i) => outputs.forEach((c, j) => (out.data[r * to.length + c] = solution.data[i * outputs.length + j]!)))
  }
  return { weight: out.data.slice(0, from.length * to.length), bias: out.data.slice(from.length * to.length) }
}

/** The joined network, its maps fitted. `grams`: as `inputGrams` gives them for [a, b]. */
export const fittedJoin = (a: Network, b: Network, hidden: readonly Groups[], grams: readonly Matrix[], ridge: number): Network =>
  assemble(a.meta.widths, hidden, (l) => fitted(a, b, hidden, l, must(grams[l], "Gram matrix"), ridge))

const concatenated = (a: Float64Array, b: Float64Array): Float64Array => {
  const out = new Float64Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
