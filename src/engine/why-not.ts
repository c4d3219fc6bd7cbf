/** Why a node did not run, in a few words, when it is not that nothing has changed. */
import { never } from "../base/assert.ts"
import type { Outcome } from "./event.ts"

export const whyNot = (outcome: Exclude<Outcome, { readonly state: "ran" | "reused" | "failed" }>): string => {
  switch (outcome.state) {
    case "blocked":
      return `${outcome.cause} failed`
    case "held":
      if (outcome.by !== "pin") return outcome.by === "bypass" ? "bypassed" : "expanded"
      return outcome.reason === undefined ? "pinned" : `pinned: ${outcome.reason}`
    case "gated":
      return `waits for the gate of ${outcome.cause}`
    case "off":
      return `${outcome.cause} is disabled`
    case "cancelled":
      return "stopped"
    default:
      return never(outcome)
  }
}

/** The outputs a node has for this revision, whether it ran or not. */
export const outputsOf = (outcome: Outcome | undefined): Extract<Outcome, { readonly state: "ran" }>["outputs"] | undefined =>
  outcome !== undefined && "outputs" in outcome ? outcome.outputs : undefined
