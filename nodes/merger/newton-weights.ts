/** Newton's method on a few weights, with a step that is halved until the loss is lower. */
import { matrix, solve } from "./with-data/solve.ts"

export interface Derivatives {
  readonly loss: number
  readonly gradient: Float64Array
  /** Row-major, positive semidefinite. */
  readonly hessian: Float64Array
}
export type LossAt = (weights: readonly number[]) => Promise<Derivatives>

/** Largest number of halvings. */
const halvings = 12

/** The loss at the result is at most that at `start`. */
export const newtonWeights = async (at: LossAt, start: readonly number[], iterations: number): Promise<readonly number[]> => {
  let [weights, here] = [start, await at(start)]
  for (let i = 0; i < iterations; i++) {
    const n = weights.length
    const step = solve(matrix(n, n, here.hessian), matrix(n, 1, here.gradient), matrix(n, 1), 1e-6).data
    let next: { readonly weights: readonly number[]; readonly at: Derivatives } | undefined
    for (let half = 0; half <= halvings && next === undefined; half++) {
      const tried = weights.map((w, j) => w - (step[j] as number) / 2 ** half)
      const there = await at(tried)
      if (there.loss < here.loss) next = { weights: tried, at: there }
    }
    if (next === undefined) break
    ;[weights, here] = [next.weights, next.at]
  }
  return weights
}
