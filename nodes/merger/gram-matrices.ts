/**
 * Gram matrices as values of nodes: what RegMean knows of a model. `<map>` i32 [in, in, 2], by the name of the map's weights: inner products of
 * what goes into the linear map, a mean over what was looked at; the bits of f64, as a port holds none.
 */
import { must, tensorsPort, type PortValue } from "#src"
import * as t from "io-ts"
import { weightName } from "../port/network.ts"
import { bitsOf, fromBits } from "./f64-bits.ts"
import { matrix, type Matrix } from "./with-data/solve.ts"

export const gramMatrices = tensorsPort("gram-matrices", t.readonly(t.type({})))
export type GramMatrices = PortValue<typeof gramMatrices>

export const asGramMatrices = (grams: ReadonlyMap<string, Matrix>): GramMatrices => ({
  meta: {},
  tensors: Object.fromEntries([...grams].map(([map, { rows, columns, data }]) => [map, bitsOf(data, [rows, columns, 2])])),
})

/** By the name of the map's weights. */
export const matricesOf = ({ tensors }: GramMatrices): ReadonlyMap<string, Matrix> =>
  new Map(Object.entries(tensors).map(([map, bits]) => [map, matrix(bits.shape[0] as number, bits.shape[1] as number, fromBits(bits))]))

/** Of a network's layers, from below. */
export const layersAsGrams = (grams: readonly Matrix[]): GramMatrices => asGramMatrices(new Map(grams.map((gram, l) => [weightName(l), gram])))

export const gramsByLayer = (grams: GramMatrices): readonly Matrix[] => {
  const all = matricesOf(grams)
  return Array.from({ length: all.size }, (_, l) => must(all.get(weightName(l)), weightName(l)))
}
