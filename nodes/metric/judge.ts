/** From an interval and a claim to a verdict, and from several verdicts to one. */
import type { VerdictOutcome } from "#src"

export type Bounds = { readonly above?: number; readonly below?: number }

/** PASS: the whole interval lies strictly within the bounds. FAIL: no part of it does. Else INCONCLUSIVE. */
export const judge = ({ low, high }: { readonly low: number; readonly high: number }, { above = -Infinity, below = Infinity }: Bounds): VerdictOutcome =>
  low > above && high < below ? "PASS" : high <= above || low >= below ? "FAIL" : "INCONCLUSIVE"

/** `all`: one that fails decides, then one that is open. `any`: one that passes decides, then one that is open. */
export const together = (outcomes: readonly VerdictOutcome[], need: "all" | "any"): VerdictOutcome => {
  const [decides, otherwise] = need === "all" ? (["FAIL", "PASS"] as const) : (["PASS", "FAIL"] as const)
  return outcomes.includes(decides) ? decides : outcomes.includes("INCONCLUSIVE") ? "INCONCLUSIVE" : otherwise
}
