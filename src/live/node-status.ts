/** How a node stands, in what the engine knows of it and of the run under way: a pure view for pages. SPEC L3. */
import { describeWhy } from "../engine/describe-why.ts"
import type { Why } from "../engine/event.ts"
import type { NodeState } from "../engine/node-state.ts"
import { whyNot } from "../engine/why-not.ts"
import { curveHeadline } from "./headline.ts"
import type { Shown } from "./headlines.ts"
import type { NodeStatus, Phase } from "./protocol/status.ts"
import type { Curve } from "../schema/views.ts"

/** A run under way, as it was heard of. */
export interface Run {
  /** Milliseconds since the epoch, and on the clock. */
  readonly startedAt: number
  readonly began: number
  readonly why: Why
  readonly expectedMs: number | null
  /** The first progress that was told. */
  first: { readonly at: number; readonly done: number } | undefined
  hasPartial: boolean
}

export interface Sight {
  readonly state: NodeState
  readonly run: Run | undefined
  /** Of the run. */
  readonly curve: Curve | undefined
  readonly shown: Shown
  /** Whether what is stale is going to be computed. */
  readonly isWaiting: boolean
  /** On the clock. */
  readonly now: number
}

export const statusOf = (sight: Sight): NodeStatus => {
  const { state, run: present, curve, shown, now } = sight
  const { outcome, progress } = state
  const run = state.phase === "running" ? present : undefined
  const live = run === undefined ? undefined : curve
  const phase = phaseOf(sight)
  const failure = outcome?.state === "failed" && phase === "failed" ? outcome : undefined
  return {
    phase,
    revision: state.revision,
    isFresh: state.phase === "clean" && shown.isNewest,
    why: run === undefined ? reasonOf(state) : describeWhy(run.why),
    message: failure?.message ?? null,
    param: failure?.param ?? null,
    progress: run === undefined || progress === undefined ? null : progressOf(progress, run, now),
    startedAt: run?.startedAt ?? null,
    expectedMs: run?.expectedMs ?? null,
    ms: outcome !== undefined && "ms" in outcome && outcome.state !== "reused" ? outcome.ms : null,
    headline: live === undefined ? shown.headline : curveHeadline(live, true),
    headlineRevision: shown.revision,
    outputs: Object.fromEntries(Object.entries(state.outputs ?? {}).map(([port, { hash, bytes, stream }]) => [port, { hash, bytes: stream?.size ?? bytes, elements: stream?.elements ?? null }])),
  }
}

const phaseOf = ({ state, run, curve, isWaiting }: Sight): Phase => {
  switch (state.phase) {
    case "running":
      // Wanted, and not begun yet.
      if (run === undefined) return "waiting"
      return run.hasPartial || curve !== undefined ? "partial" : "running"
    case "stale":
    case "gone":
      return isWaiting ? "waiting" : "stale"
    case "clean":
      if (state.outcome?.state === "held") return state.outcome.by === "expansion" ? "expanded" : "held"
      return state.outcome?.state === "reused" ? "reused" : "done"
    default:
      return state.phase
  }
}

const progressOf = ({ done, total, unit, note }: NonNullable<NodeState["progress"]>, { first }: Run, now: number): NodeStatus["progress"] => {
  const [gained, ms] = first === undefined ? [0, 0] : [done - first.done, now - first.at]
  return { done, total: total ?? null, unit, note: note ?? null, leftMs: gained <= 0 || ms <= 0 || total === undefined || total <= done ? null : Math.round(((total - done) * ms) / gained) }
}

const reasonOf = ({ phase, outcome }: NodeState): string | null => {
  if (outcome === undefined || phase === "stale" || phase === "running") return null
  if (outcome.state === "ran" || outcome.state === "failed") return describeWhy(outcome.why)
  return outcome.state === "reused" ? "nothing it depends on has changed" : whyNot(outcome)
}
