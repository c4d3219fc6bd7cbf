/**
 * Weights that were quantised to 8 bits, with the scales that lie beside them: `NAME_scale`, one for all or one for each row (compressed-tensors),
 * or `SCB`, the largest size of each row, which is 127 steps (bitsandbytes). Such a tensor stands for `scale * element`; the scales are
 * then no tensor of their own. SPEC F14.
 */
import * as E from "fp-ts/lib/Either.js"
import type { StoredDtype } from "../base/safetensors-header.ts"
import { refuse, type Checked } from "./fault.ts"
import type { TensorPlace } from "./model-files.ts"
import type { Weights } from "./safetensors-folder.ts"

const quantised: readonly StoredDtype[] = ["I8", "F8_E4M3", "F8_E5M2"]
const scaleDtypes: readonly StoredDtype[] = ["F64", "F32", "F16", "BF16"]

/** The weights, with what is quantised joined to its scales. Left: scales that do not fit. */
export const withScales = ({ files, tensors }: Weights): Checked<Weights> => {
  const joined = new Map(tensors)
  for (const tensor of tensors.values()) {
    const found = quantised.includes(tensor.dtype) ? scalesOf(tensor, tensors) : undefined
    if (found === undefined) continue
    const { place } = found
    const count = place.shape.reduce((n, extent) => n * extent, 1)
    if (!scaleDtypes.includes(place.dtype) || (count !== 1 && count !== tensor.shape[0])) {
      return refuse(files[place.file]?.path ?? "", `one number, or one for each of the ${tensor.shape[0] ?? 0} rows of ${tensor.name}`, `[${place.shape.join(", ")}] ${place.dtype}`, place.name)
    }
    joined.set(tensor.name, { ...tensor, scales: found })
    joined.delete(place.name)
  }
  return E.right({ files, tensors: joined })
}

const scalesOf = ({ name }: TensorPlace, tensors: Weights["tensors"]): TensorPlace["scales"] => {
  const [plain, largest] = [tensors.get(`${name}_scale`), tensors.get(name.replace(/(^|\.)weight$/, "$1SCB"))]
  if (plain !== undefined) return { place: plain, divisor: 1 }
  return largest === undefined || largest.name === name ? undefined : { place: largest, divisor: 127 }
}
