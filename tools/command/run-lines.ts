/**
 * The machine-readable form of a run: one line a node, one line for the whole. Printed by `--json` and kept in
 * `results.jsonl`. Scripts rely on these names.
 */
import type { Json } from "../../src/base/json.ts"
import type { Outcome, Summary } from "../../src/engine/event.ts"
import { describeWhy } from "../../src/engine/describe-why.ts"
import { outputsOf, whyNot } from "../../src/engine/why-not.ts"

const unchanged = "nothing it depends on has changed"

/** The line of a node that has ended; undefined when it was cancelled, which is no end. */
export const nodeLine = (node: string, outcome: Outcome, value: Json | undefined): Json | undefined => {
  switch (outcome.state) {
    case "ran":
    case "reused":
      return {
        type: "node",
        node,
        state: outcome.state,
        why: outcome.state === "ran" ? describeWhy(outcome.why) : unchanged,
        ms: Math.round(outcome.ms),
        key: outcome.key,
        output: Object.fromEntries(Object.entries(outcome.outputs).map(([port, { hash }]) => [port, hash])),
        ...(value === undefined ? {} : { value }),
        ...(outcome.state === "ran" && outcome.why._tag === "Resumed" ? { resumedFrom: outcome.why.step } : {}),
      }
    case "failed":
      return {
        type: "node",
        node,
        state: "failed",
        why: describeWhy(outcome.why),
        ms: Math.round(outcome.ms),
        key: outcome.key,
        output: {},
        error: outcome.message,
        ...(outcome.param === undefined ? {} : { param: outcome.param }),
      }
    case "held":
    case "blocked":
    case "gated":
    case "off":
      return {
        type: "node",
        node,
        state: outcome.state,
        why: whyNot(outcome),
        ms: 0,
        key: null,
        output: Object.fromEntries(Object.entries(outputsOf(outcome) ?? {}).map(([port, { hash }]) => [port, hash])),
        ...(value === undefined ? {} : { value }),
      }
    case "cancelled":
      return undefined
  }
}

/** The line that a node of `line` has when it is looked at again. */
export const reusedLine = (line: { readonly [member: string]: Json }): Json => (line["state"] === "ran" ? { ...line, state: "reused", why: unchanged, ms: 0 } : line)

export interface RunFacts {
  readonly seconds: number
  readonly device: string
  /** Path of the report, or null when none was written. */
  readonly report: string | null
}

/** The last line. */
export const summaryLine = ({ ran, reused, failed }: Summary, { seconds, device, report }: RunFacts): Json => ({
  type: "summary",
  ran,
  reused,
  failed,
  seconds: Math.round(seconds * 1000) / 1000,
  device,
  report,
})
