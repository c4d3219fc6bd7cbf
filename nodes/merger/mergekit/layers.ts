/** Which tensors of a model belong to which layer, and what comes before and after the layers; told by names alone. */
import type { ModelFiles } from "#src"

/** A name taken apart at its layer: `model.layers.7.mlp.weight` is `model.layers.`, 7, `.mlp.weight`. */
export interface LayerName {
  readonly stack: string
  readonly layer: number
  readonly rest: string
}

export const layerName = (name: string): LayerName | undefined => {
  const found = /^(.*?(?:^|[./]))(\d+)((?:[./].*)?)$/.exec(name)
  return found === null ? undefined : { stack: found[1] as string, layer: Number(found[2]), rest: found[3] as string }
}

/** The layers that slices are of: those of the stack with most tensors, of those that are `among` what counts. */
export const mainStack = ({ tensors }: ModelFiles, among: (name: string) => boolean = () => true): { readonly stack: string; readonly layers: number } => {
  const stacks = new Map<string, { tensors: number; layers: number }>()
  for (const name of tensors.keys()) {
    const at = among(name) ? layerName(name) : undefined
    if (at === undefined) continue
    const { tensors: count, layers } = stacks.get(at.stack) ?? { tensors: 0, layers: 0 }
    stacks.set(at.stack, { tensors: count + 1, layers: Math.max(layers, at.layer + 1) })
  }
  const [largest] = [...stacks].sort(([, a], [, b]) => b.tensors - a.tensors)
  return largest === undefined ? { stack: "", layers: 0 } : { stack: largest[0], layers: largest[1].layers }
}

/** Whether a tensor outside the layers comes before them: all that embeds. The rest (last norm, head) comes after. */
export const isBefore = (name: string): boolean => /embed|\bw[tp]e\b/.test(name)

/** Whether the first axis is the vocabulary. */
export const isVocabulary = (name: string): boolean => /embed_tokens|word_embeddings|tok_embeddings|\bwte\b|embed_in|lm_head|embed_out|(^|\.)output\.weight$/.test(name)

export const isHead = (name: string): boolean => /lm_head|embed_out|(^|\.)output\.weight$/.test(name)
