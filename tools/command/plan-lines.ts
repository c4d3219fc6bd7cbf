/** A forecast as JSON lines and for people: what would run and why, what is reused, what is open, and for how long. */
import { counted } from "../../src/base/counted.ts"
import { describeWhy } from "../../src/engine/describe-why.ts"
import type { Forecast, Prospect } from "../../src/engine/forecast.ts"
import { spanOf, type Piece, type Span } from "../../src/engine/span.ts"
import { duration } from "./duration.ts"
import { fitted } from "./fitted.ts"
import type { PlanLine, PlanSummaryLine } from "./line-schema.ts"
import type { Paint } from "./paint.ts"

export interface PlanTimes {
  /** If everything runs that may run. */
  readonly most: Span
  /** If early cutoff saves all that it may. */
  readonly least: Span
  /** Nodes that would run and of whose kind none ever ran. */
  readonly untimed: number
}

/** Of the nodes for which `counts` holds. */
export const planTimes = ({ graph, nodes, records }: Forecast, jobs: number, counts: (path: string) => boolean = () => true): PlanTimes => {
  const pieces = [...nodes].flatMap(([name, prospect]): readonly (Piece & { readonly state: string; readonly isTimed: boolean })[] => {
    if ((prospect.state !== "runs" && prospect.state !== "unknown") || !counts(name)) return []
    const cores = graph.nodes.get(name)?.kind.cores ?? 1
    return [{ name, state: prospect.state, ms: prospect.expectedMs ?? 0, isTimed: prospect.expectedMs !== undefined || cores === 0, cores, after: records.get(name)?.sources.map(({ path }) => path) ?? [] }]
  })
  return { most: spanOf(pieces, jobs), least: spanOf(pieces.filter(({ state }) => state === "runs"), jobs), untimed: pieces.filter(({ isTimed }) => !isTimed).length }
}

export const reasonOf = (prospect: Prospect): string => {
  switch (prospect.state) {
    case "reused":
      return "nothing it depends on has changed"
    case "rests":
      return prospect.why
    case "fails":
      return prospect.message
    case "runs":
      return `${describeWhy(prospect.why)}${prospect.resumesAt === undefined ? "" : `; goes on from ${prospect.resumesAt}`}`
    case "unknown":
      return describeWhy(prospect.why)
  }
}

export const planLines = (forecast: Forecast, jobs: number): readonly (PlanLine | PlanSummaryLine)[] => {
  const { most, least, untimed } = planTimes(forecast, jobs)
  const whole = (ms: number): number => Math.round(ms)
  return [
    ...[...forecast.nodes].map(([node, prospect]): PlanLine => ({
      type: "plan",
      node,
      state: prospect.state,
      why: reasonOf(prospect),
      key: "key" in prospect && prospect.key !== undefined ? prospect.key : null,
      ms: "expectedMs" in prospect && prospect.expectedMs !== undefined ? whole(prospect.expectedMs) : null,
      first: "first" in prospect ? prospect.first : [],
    })),
    { type: "plan-summary", ...countsOf(forecast), jobs, workMs: whole(most.workMs), chainMs: whole(most.chainMs), wallMs: whole(most.wallMs), leastMs: whole(least.wallMs), untimed },
  ]
}

const countsOf = ({ nodes }: Forecast): { readonly runs: number; readonly unknown: number; readonly reused: number; readonly rests: number; readonly fails: number } => {
  const count = (state: Prospect["state"]): number => [...nodes.values()].filter((one) => one.state === state).length
  return { runs: count("runs"), unknown: count("unknown"), reused: count("reused"), rests: count("rests"), fails: count("fails") }
}

const words: { readonly [S in Prospect["state"]]: string } = { runs: "runs", unknown: "may run", reused: "reused", rests: "rests", fails: "fails" }

/** As `reasonOf`; of what may run, after what it would: the edit itself is told where it was made. */
export const shortReason = (prospect: Prospect): string => (prospect.state === "unknown" ? `after ${prospect.first.join(", ")}` : reasonOf(prospect))

/** Several lines; those of nodes are cut at `width` columns. */
export const planText = (forecast: Forecast, jobs: number, paint: Paint, width: number): string => {
  const { runs, unknown, reused, rests, fails } = countsOf(forecast)
  const shown = [...forecast.nodes].filter(([, { state }]) => state !== "reused")
  const longest = Math.max(0, ...shown.map(([path]) => path.length))
  const lines = shown.map(([path, prospect]) => {
    const ms = "expectedMs" in prospect ? prospect.expectedMs : undefined
    const colour = prospect.state === "runs" ? "green" : prospect.state === "fails" ? "red" : "yellow"
    const head = `${words[prospect.state].padEnd(7)} ${path.padEnd(longest)} ${(ms === undefined ? "" : duration(ms)).padStart(12)}  `
    return `${paint(colour, head.slice(0, 7))}${head.slice(7)}${paint("dim", fitted(shortReason(prospect), width - head.length))}`
  })
  const counts = [`${runs} would run`, ...(unknown > 0 ? [`${unknown} may run`] : []), ...(rests > 0 ? [`${rests} would not run`] : []), ...(fails > 0 ? [`${fails} would fail`] : []), `${reused} reused`].join(", ")
  const open = unknown === 0 ? [] : [paint("dim", "may run: unless what it comes after gives what it gave before")]
  return [`${paint("bold", forecast.graph.name)}  ${counts}`, ...(lines.length > 0 ? ["", ...lines, "", ...open] : []), ...(runs + unknown > 0 ? [timesText(planTimes(forecast, jobs), jobs)] : [])].join("\n")
}

/** `about 16.3 s on 2 cores, 4.0 s if what may run is saved`, and below it how much work that is. */
export const timesText = ({ most, least, untimed }: PlanTimes, jobs: number): string => {
  if (most.workMs === 0) return "nothing is known of how long it takes: none of it ever ran"
  const saved = duration(least.wallMs) === duration(most.wallMs) ? "" : `, ${duration(least.wallMs)} if what may run is saved`
  const unknown = untimed === 0 ? "" : `; without ${untimed} ${untimed === 1 ? "node of a kind that" : "nodes of kinds that"} never ran`
  return `about ${duration(most.wallMs)} on ${counted(jobs, "core")}${saved}\n${duration(most.workMs)} of work, the longest chain ${duration(most.chainMs)}${unknown}`
}
