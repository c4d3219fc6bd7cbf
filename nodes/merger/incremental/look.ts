/**
 * What a merge looks at of models before it sums them up, as a value that can be kept: what tells a model apart, and what is measured of it; or
 * what is measured of all of them together. SPEC M6.
 */
import { hashJson, jsonPort, type Json, type PortValue } from "#src"
import * as t from "io-ts"
import { anyNumber, finiteOnly } from "../method/finite-json.ts"
import { makings, type Found, type Merge } from "../method/merge-tensors.ts"
import type { Method } from "../method/method.ts"
import { withoutJudge } from "./partial.ts"

/** `id`: of the model's tensors. `numbers`: by tensor; over whole models one, without a name. */
export const look = jsonPort("merge-look", t.readonly(t.type({ id: t.string, numbers: t.readonly(t.record(t.string, t.unknown)) })))
export type Look = PortValue<typeof look>

/** How models are measured: one by one, together, or not at all. */
export type Looking = "each" | "all" | "none"

export const lookingAt = (method: Method, params: { readonly [param: string]: Json }, models: number): Looking =>
  method.passes(params as never, models) === 1 ? "none" : method.apart?.when(params as never, models) === true ? "each" : "all"

/** Of one model, or of all that are measured together. */
export const lookAt = (merge: Merge, looks: Looking): Look => {
  const id = merge.models.length === 1 ? (merge.models[0]?.id as string) : hashJson(merge.models.map((model) => model.id))
  if (looks === "none") return { id, numbers: {} }
  const alone = withoutJudge(merge.method)
  const method = looks === "each" && alone.apart !== undefined ? { ...alone, measure: alone.apart.measure } : alone
  const only = (measured: unknown): unknown => (looks === "each" ? (measured as readonly unknown[])[0] : measured)
  const numbers: { [tensor: string]: unknown } = {}
  for (const { tensor, measured } of makings({ ...merge, method })) {
    const isWhole = method.span?.(merge.params(tensor) as never) === "model"
    numbers[isWhole ? "" : tensor.name] ??= finiteOnly(only(measured.models))
  }
  return { id, numbers }
}

/** The merge with what was looked at, so that it is not measured again. `looks` as the models are listed, or one of all. */
export const lookedAt = (merge: Merge, looks: Looking, found: readonly Look[]): Merge => {
  if (looks === "none") return merge
  const by = ({ numbers }: Look): Found => (name) => anyNumber("" in numbers ? numbers[""] : numbers[name])
  return looks === "all" ? { ...merge, found: by(found[0] as Look) } : { ...merge, models: merge.models.map((model, i) => ({ ...model, found: by(found[i] as Look) })) }
}
