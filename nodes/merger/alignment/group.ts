/**
 * Two networks as one whose hidden units each stand for a group of theirs: a pair that was matched, one unit that stays by itself, or
 * several units of one network. Units of a hidden layer count from 0 to d - 1 in a and from d to 2d - 1 in b.
 *
 * With M the means over groups and U the copies to members, a map becomes `U diag(W_a, W_b) M` (Stoica et al., arXiv 2305.03053,
 * "ZipIt!", section 4.2): from a group every member's outgoing weights, to a group the mean of its members' incoming ones.
 */
import { ndarray, type Tensors } from "#src"
import { biasName, layersOf, tensorOf, weightName, type Network } from "../../port/network.ts"

export type Groups = readonly (readonly number[])[]

/** Pairs of the places of one layer. */
export const pairs = (order: readonly number[]): Groups => order.map((unit, place) => [place, order.length + unit])

/** Inputs are one for both networks, and answers are averaged. */
export const shared = (width: number): Groups => Array.from({ length: width }, (_, i) => [i, width + i])

/** Groups at both sides of map `l`, by hidden layers' groups. */
export const sidesOf = (widths: readonly number[], hidden: readonly Groups[], l: number): readonly [Groups, Groups] => [
  l === 0 ? shared(widths[0] as number) : (hidden[l - 1] as Groups),
  l + 1 === layersOf(widths) ? shared(widths.at(-1) as number) : (hidden[l] as Groups),
]

/** Map `l` of the joined network: weights [groups in, groups out] and biases. */
export const joinedMap = (a: Network, b: Network, hidden: readonly Groups[], l: number): { readonly weight: Float64Array; readonly bias: Float64Array } => {
  const [from, to] = sidesOf(a.meta.widths, hidden, l)
  const [rows, columns] = a.meta.widths.slice(l, l + 2) as [number, number]
  const [weights, biases] = [[a, b].map((of) => tensorOf(of, weightName(l)).data), [a, b].map((of) => tensorOf(of, biasName(l)).data)]
  const bias = Float64Array.from(to, (group) => group.reduce((sum, j) => sum + biases[j < columns ? 0 : 1]![j % columns]!, 0) / group.length)
  const weight = new Float64Array(from.length * to.length)
  from.forEach((members, r) =>
    to.forEach((group, c) => {
      let sum = 0
      for (const j of group) for (const i of members) if (i < rows === j < columns) sum += weights[j < columns ? 0 : 1]![(i % rows) * columns + (j % columns)]!
      weight[r * to.length + c] = sum / group.length
    }),
  )
  return { weight, bias }
}

/** The joined network of maps as they are made. */
export const assemble = (widths: readonly number[], hidden: readonly Groups[], map: (l: number) => { readonly weight: Float64Array; readonly bias: Float64Array }): Network => {
  const own = [widths[0] as number, ...hidden.map((groups) => groups.length), widths.at(-1) as number]
  const tensors: Tensors = Object.fromEntries(
    Array.from({ length: layersOf(own) }, (_, l) => {
      const { weight, bias } = map(l)
      return [
        [weightName(l), ndarray("f32", [own[l] as number, own[l + 1] as number], Float32Array.from(weight))] as const,
        [biasName(l), ndarray("f32", [own[l + 1] as number], Float32Array.from(bias))] as const,
      ]
    }).flat(),
  )
  return { meta: { widths: own }, tensors }
}

/** `hidden`: groups of each hidden layer. */
export const joined = (a: Network, b: Network, hidden: readonly Groups[]): Network => assemble(a.meta.widths, hidden, (l) => joinedMap(a, b, hidden, l))
