/**
 * Magnitude pruning over the whole network: the smallest weights of its maps become 0, biases stay. A phase of iterative pruning, and of
 * sparse model soups (Zimmer et al., arXiv 2306.16788): prune, retrain copies of the pruned model, average them, go on.
 */
import { defineKind, integer, ndarray, one, real } from "#src"
import { layersOf, network, tensorOf, weightName, type Network } from "../port/network.ts"

/** Share of all weights that is 0 after phase `phase` of `phases`, each of which takes the same share of what is left. */
export const sparsityAt = (target: number, phase: number, phases: number): number => 1 - (1 - target) ** (phase / phases)

export const pruned = (of: Network, sparsity: number): Network => {
  const names = Array.from({ length: layersOf(of.meta.widths) }, (_, l) => weightName(l))
  const sizes = Float64Array.from(names.flatMap((name) => [...tensorOf(of, name).data]), Math.abs).sort()
  const count = Math.round(sparsity * sizes.length)
  const least = count === 0 ? -1 : (sizes[count - 1] as number)
  // Of equal sizes at the edge, as many go as it takes, the first ones.
  let ties = count - sizes.reduce((n, x) => n + Number(x < least), 0)
  const keep = (x: number): number => (Math.abs(x) < least || (Math.abs(x) === least && ties-- > 0) ? 0 : x)
  return { meta: of.meta, tensors: { ...of.tensors, ...Object.fromEntries(names.map((name) => [name, ndarray("f32", tensorOf(of, name).shape, Float32Array.from(tensorOf(of, name).data, keep))])) } }
}

export const pruneMagnitude = defineKind({
  id: "merger/prune",
  module: import.meta.url,
  title: "Prune by magnitude",
  reference: "https://arxiv.org/abs/2306.16788",
  params: {
    target: real({ min: 0, max: 1, default: 0.9, doc: "Share of the weights that is 0 after the last phase" }),
    phase: integer({ min: 1, max: 100, default: 1, doc: "This phase" }),
    phases: integer({ min: 1, max: 100, default: 1, doc: "Phases in all; each takes the same share of what is left" }),
  },
  inputs: { network: one(network) },
  outputs: { network },
  run: (inputs, { target, phase, phases }) => ({ network: pruned(inputs.network, sparsityAt(target, phase, phases)) }),
})
