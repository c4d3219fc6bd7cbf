/** What each model wants of RegMean's merged maps, as a node: while coefficients move, nothing is multiplied again. SPEC M6. */
import { defineKind, one, type Tensors } from "#src"
import { model } from "../port/model.ts"
import { network } from "../port/network.ts"
import { asGramMatrices, gramMatrices, matricesOf, type GramMatrices } from "./gram-matrices.ts"
import { regmeanParams } from "./regmean-params.ts"
import { allWanted } from "./with-data/regmean.ts"

/** Outputs `<map>` i32 [in, out, 2]: the Gram matrix of its inputs times the map; the bits of f64 (`gram-matrices.ts`). */
const about = (alpha: number) => ({
  module: import.meta.url,
  title: "RegMean: Gram matrices times weights",
  reference: "https://arxiv.org/abs/2212.09849",
  params: { alpha: regmeanParams(alpha).alpha },
  outputs: { wanted: gramMatrices },
  run: ({ of, grams }: { readonly of: { readonly tensors: Tensors }; readonly grams: GramMatrices }, { alpha: by }: { readonly alpha: number }) => ({ wanted: asGramMatrices(allWanted(of.tensors, matricesOf(grams), by)) }),
})

export const wantedOfNetwork = defineKind({ ...about(0.95), id: "merger/regmean-wanted", inputs: { of: one(network), grams: one(gramMatrices) } })
export const wantedOfModel = defineKind({ ...about(0.6), id: "merger/regmean-wanted-models", inputs: { of: one(model), grams: one(gramMatrices) } })
