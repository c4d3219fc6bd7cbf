/** Into how large groups the models of a merge go whose sums are kept. */
import { sumCount, type Method } from "../method/method.ts"
import { groupSize } from "./groups.ts"
import { lookingAt } from "./look.ts"
import { ownOf, type Values } from "./values.ts"

/** Undefined where no sums are kept: few models, models that are measured together, sums that depend on all models. */
export const sizeOfGroup = (method: Method, values: Values, models: number): number | undefined => {
  if (method.how.form === "joint" || lookingAt(method, ownOf(method, values), models) === "all") return undefined
  const turns = (method.looks?.finishing ?? []).some((name) => typeof method.params[name]?.default === "number")
  return groupSize(models, { model: 4 * (1 + (method.companions?.length ?? 0)), sums: 8 * sumCount(method) }, turns)
}
