/** What each model wants of RegMean's merged maps, as a node: while coefficients move, nothing is multiplied again. SPEC M6. */
import { defineKind, one, type Kind, type PortType, type TensorsValue } from "#src"
import { model } from "../port/model.ts"
import { network } from "../port/network.ts"
import { asGramMatrices, gramMatrices, matricesOf, type GramMatrices } from "./gram-matrices.ts"
import { regmeanParams } from "./regmean-params.ts"
import { allWanted } from "./with-data/regmean.ts"

/** Outputs `<map>` i32 [in, out, 2]: the Gram matrix of its inputs times the map; the bits of f64 (`gram-matrices.ts`). */
const wantedKind = <P extends PortType>(port: P, ending: string, alpha: number): Kind<{ readonly alpha: ReturnType<typeof regmeanParams>["alpha"] }, { readonly of: ReturnType<typeof one<P>>; readonly grams: ReturnType<typeof one<typeof gramMatrices>> }, { readonly wanted: typeof gramMatrices }> =>
  defineKind({
    id: `merger/regmean-wanted${ending}`,
    module: import.meta.url,
    title: "RegMean: Gram matrices times weights",
    reference: "https://arxiv.org/abs/2212.09849",
    params: { alpha: regmeanParams(alpha).alpha },
    inputs: { of: one(port), grams: one(gramMatrices) },
    outputs: { wanted: gramMatrices },
    run: ({ of, grams }: { readonly of: TensorsValue<unknown>; readonly grams: GramMatrices }, { alpha: by }: { readonly alpha: number }) => ({ wanted: asGramMatrices(allWanted(of.tensors, matricesOf(grams), by)) }),
  } as never) as never

export const wantedOfNetwork = wantedKind(network, "", 0.95)
export const wantedOfModel = wantedKind(model, "-models", 0.6)
