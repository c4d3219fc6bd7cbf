/** Somebody who waits until some nodes are settled, and how those ended. SPEC P4, P18. */
import type { Few } from "../base/few.ts"
import type { Outcome, Summary } from "./event.ts"

/** What somebody looks at and touches goes before what is only shown, and that before what runs for later. */
export type Urgency = "interactive" | "preview" | "batch"

export interface Demand {
  /** Paths; undefined for all that something needs. */
  readonly targets: ReadonlySet<string> | undefined
  readonly urgency: Urgency
  readonly from: number
  /** How many nodes it waits for. */
  left: number
  /** Nodes that have settled for it, and that it waits for no more. */
  ended: Wanted[]
  readonly resolve: (summary: Summary) => void
  readonly reject: (error: unknown) => void
}

/** A node, as far as it concerns who waits for it. */
export interface Wanted {
  /** Who waits for it to settle. */
  wantedBy: Few<Demand>
  outcome: Outcome | undefined
}

/** Under what a summary counts it. */
export const countedAs = (outcome: Outcome): Outcome["state"] | "expanded" => (outcome.state === "held" && outcome.by === "expansion" ? "expanded" : outcome.state)

/** How the nodes of a demand ended, each as it did last; what is left is cancelled. */
export const summaryOf = ({ ended, left, from }: Demand, now: number): Summary => {
  const counts = { ran: 0, reused: 0, failed: 0, blocked: 0, held: 0, expanded: 0, gated: 0, off: 0, cancelled: left }
  for (const { outcome } of ended) if (outcome !== undefined) counts[countedAs(outcome)]++
  return { ...counts, ms: now - from }
}
