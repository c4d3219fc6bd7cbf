/** Which stored tensors are numbers to be merged, and what is said of quantised ones that are not understood. SPEC F14. */
import type { ModelFiles, TensorPlace } from "#src"
import { isFloatFormat } from "../checkpoint/load.ts"

/** Others are whole numbers (positions, counters, masks): copied from the base, or from the first model. SPEC F17. */
export const isNumbers = ({ dtype, affine, scales }: TensorPlace): boolean => affine !== undefined || scales !== undefined || isFloatFormat(dtype) || dtype === "F8_E4M3" || dtype === "F8_E5M2"

/** What is wrong with how the models store a tensor; the first is what the others are held against. */
export const numbersFault = (name: string, stored: readonly (readonly [model: string, place: TensorPlace])[]): string | undefined => {
  for (const [model, place] of stored) {
    if (place.dtype === "I8" && !isNumbers(place)) return `${model}: tensor ${name}: expected I8 with its scales beside it (${place.name}_scale or SCB), got none: without them it is no weight`
  }
  const [first, ...rest] = stored
  const other = rest.find(([, place]) => first !== undefined && isNumbers(place) !== isNumbers(first[1]))
  return other === undefined || first === undefined ? undefined : `${other[0]}: tensor ${name}: expected ${isNumbers(first[1]) ? "numbers" : "whole numbers"} as in ${first[0]}, got ${other[1].dtype}`
}

/** A model that says it is quantised, of which nothing is in a form that is understood. */
export const quantisedFault = ({ path, config, tensors }: ModelFiles): string | undefined => {
  const about = config["quantization_config"]
  if (about === undefined || about === null || [...tensors.values()].some(({ scales }) => scales !== undefined)) return undefined
  const method = (about as { readonly quant_method?: unknown }).quant_method
  return `${path}: config.json: expected weights as floats, or of 8 bits with their scales beside them (NAME_scale, SCB), got quantization_config of ${typeof method === "string" ? method : "another kind"}`
}
