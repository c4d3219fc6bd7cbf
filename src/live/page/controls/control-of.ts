/** Which control shows a param: what its knob says, and dice for seeds. */
import type { ParamView } from "../../protocol/graph-view.ts"
import type { ControlKind } from "./param-text.ts"

export const controlOf = ({ name, knob }: ParamView): ControlKind => {
  if (knob._tag === "slider" && /(^|[a-z])seed$/i.test(name)) return { _tag: "seed" }
  return knob
}
