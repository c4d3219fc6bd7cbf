/** Language models that are merged weight by weight are of one layout. */
import { must, NodeFailure } from "#src"
import type { Model } from "../port/model.ts"

const layout = ({ vocabulary, substrateWidth, width, heads, blocks }: Model["meta"]): string =>
  `vocabulary ${vocabulary}, substrate width ${substrateWidth}, width ${width}, ${heads} heads, ${blocks} blocks`

/** The first; fails where another has other weights. */
export const requireAlike = (models: readonly Model[]): Model => {
  const first = must(models[0], "model")
  models.forEach((other, i) => {
    if (layout(other.meta) !== layout(first.meta)) throw new NodeFailure(`model ${i + 1} has ${layout(other.meta)}, the first has ${layout(first.meta)}`)
    const lacks = Object.keys(first.tensors).find((name) => other.tensors[name] === undefined) ?? Object.keys(other.tensors).find((name) => first.tensors[name] === undefined)
    if (lacks !== undefined) throw new NodeFailure(`model ${i + 1} and the first are not of one kind: only one of them has ${lacks}`)
  })
  return first
}
