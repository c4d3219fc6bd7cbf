/** Where a run shows itself while it lasts: bars on a terminal, sparse lines elsewhere, nothing beside JSON. */
import { countedAs } from "../../src/engine/demand.ts"
import type { EngineEvent, Outcome } from "../../src/engine/event.ts"
import { describeWhy } from "../../src/engine/describe-why.ts"
import { whyNot } from "../../src/engine/why-not.ts"
import { duration } from "./duration.ts"
import type { Paint } from "./paint.ts"

export interface Surface {
  readonly show: (event: EngineEvent) => void
  /** A line that stays, whatever moves below it. */
  readonly say: (line: string) => void
  readonly close: () => void
}

export const silentSurface: Surface = { show: () => undefined, say: () => undefined, close: () => undefined }

/** The line a finished node leaves behind; reused nodes leave none, there may be thousands, and nodes that became others leave theirs to those. */
export const outcomeLine = (node: string, outcome: Outcome, width: number, paint: Paint): string | undefined => {
  const name = node.padEnd(width)
  if (countedAs(outcome) === "expanded") return undefined
  switch (outcome.state) {
    case "ran":
      return `${paint("green", "ran    ")} ${name} ${duration(outcome.ms).padStart(12)}  ${paint("dim", describeWhy(outcome.why))}`
    case "failed":
      return `${paint("red", "failed ")} ${name} ${duration(outcome.ms).padStart(12)}  ${outcome.param === undefined ? "" : `param ${outcome.param}: `}${outcome.message}`
    case "held":
    case "blocked":
    case "gated":
    case "off":
      return `${paint("yellow", outcome.state.padEnd(7))} ${name} ${"".padStart(12)}  ${whyNot(outcome)}`
    case "cancelled":
      return `${paint("yellow", "stopped")} ${name}`
    case "reused":
      return undefined
  }
}
