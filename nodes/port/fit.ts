/** Whether a model, a substrate and tokens belong together: a graph may be wired so that they do not. */
import { must, NodeFailure } from "#src"
import type { Model } from "./model.ts"
import type { Substrate } from "./substrate.ts"
import type { Tokens } from "./tokens.ts"

/** Fails unless the substrate is of the shape the model was trained on. */
export const requireFit = ({ meta }: Model, { tensors }: Substrate): void => {
  const [rows, width] = must(tensors["matrix"], "substrate.matrix").shape
  if (rows !== meta.vocabulary || width !== meta.substrateWidth) {
    const wanted = `[${meta.vocabulary}, ${meta.substrateWidth}]`
    throw new NodeFailure(`the substrate is [${rows}, ${width}], the model was trained on one of ${wanted}`)
  }
}

/** Fails unless the tokens are of the model's vocabulary. */
export const requireVocabulary = ({ meta }: Model, tokens: Tokens): void => {
  if (tokens.meta.vocabulary !== meta.vocabulary) {
    throw new NodeFailure(`the tokens come from a vocabulary of ${tokens.meta.vocabulary}, the model knows ${meta.vocabulary}`)
  }
}
