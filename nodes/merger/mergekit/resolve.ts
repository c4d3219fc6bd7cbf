/** The value of a setting for one tensor: filters by name, gradients by the layer's place in its slice. SPEC F8. */
import type { Setting, Settings, Value } from "./config.ts"

/** Undefined where no filter fits. `t` goes from 0 at the first layer of a slice to 1 at its last. */
export const resolve = (setting: Setting | undefined, tensor: string, t: number): Value | undefined => {
  if (setting === undefined) return undefined
  if (setting._tag === "value") return setting.value
  if (setting._tag === "gradient") return along(setting.values, t)
  for (const { filter, setting: inner } of setting.cases) {
    if (filter !== undefined && !tensor.includes(filter)) continue
    const value = resolve(inner, tensor, t)
    if (value !== undefined) return value
  }
  return undefined
}

/** Piecewise linear through numbers; of other values the one whose turn it is. */
const along = (values: readonly Value[], t: number): Value => {
  const place = t * (values.length - 1)
  const before = Math.min(Math.floor(place), Math.max(values.length - 2, 0))
  const [a, b] = [values[before] as Value, values[Math.min(before + 1, values.length - 1)] as Value]
  if (typeof a !== "number" || typeof b !== "number") return values[Math.floor(place)] as Value
  const share = place - before
  // The ends are the anchors themselves, whatever rounding does to the formula.
  return share === 0 ? a : share === 1 ? b : (1 - share) * a + share * b
}

/** The first of `chain` that says something about `param`: nearest first (source, slice, module, whole). */
export const resolveParam = (chain: readonly Settings[], param: string, tensor: string, t: number): Value | undefined => {
  for (const settings of chain) {
    const value = resolve(settings[param], tensor, t)
    if (value !== undefined) return value
  }
  return undefined
}
