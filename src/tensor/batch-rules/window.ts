/** Batch rules: windows over the last two axes, which a batch in front does not concern. */
import { apply } from "../apply.ts"
import type { WindowOps } from "../op/window.ts"
import type { Rules } from "./rule.ts"

export const windowRules: Rules<WindowOps> = {
  unfold: ({ a, attrs }) => apply("unfold", [a.x], attrs),
  fold: ({ a, attrs }) => apply("fold", [a.x], attrs),
}
