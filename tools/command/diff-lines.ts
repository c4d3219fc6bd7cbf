/** The differences between two graphs, as JSON lines and for people. */
import type { Forecast } from "../../src/engine/forecast.ts"
import type { PlainNode } from "../../src/graph/compare.ts"
import { duration } from "./duration.ts"
import { fitted } from "./fitted.ts"
import type { DiffLine, DiffSummaryLine } from "./line-schema.ts"
import type { Paint } from "./paint.ts"
import { planTimes, shortReason, timesText } from "./plan-lines.ts"

export interface GraphDiff {
  readonly added: readonly PlainNode[]
  readonly removed: readonly PlainNode[]
  readonly changed: readonly { readonly path: string; readonly changes: readonly string[] }[]
  /** Nodes of the second that are added or changed, and all that depends on them. */
  readonly touched: ReadonlySet<string>
  /** Of the second, unless it is a past run. */
  readonly forecast: Forecast | undefined
}

const wouldRun = ({ touched, forecast }: GraphDiff, state: "runs" | "unknown"): readonly string[] => [...(forecast?.nodes ?? [])].flatMap(([path, prospect]) => (prospect.state === state && touched.has(path) ? [path] : []))

export const diffLines = (diff: GraphDiff, jobs: number): readonly (DiffLine | DiffSummaryLine)[] => {
  const { added, removed, changed, forecast, touched } = diff
  const times = forecast && planTimes(forecast, jobs, (path) => touched.has(path))
  return [
    ...removed.map(({ path, kind }): DiffLine => ({ type: "diff", node: path, state: "removed", kind })),
    ...added.map(({ path, kind }): DiffLine => ({ type: "diff", node: path, state: "added", kind })),
    ...changed.map(({ path, changes }): DiffLine => ({ type: "diff", node: path, state: "changed", changes })),
    {
      type: "diff-summary",
      added: added.length,
      removed: removed.length,
      changed: changed.length,
      runs: forecast === undefined ? null : wouldRun(diff, "runs"),
      unknown: forecast === undefined ? null : wouldRun(diff, "unknown"),
      wallMs: times === undefined ? null : Math.round(times.most.wallMs),
    },
  ]
}

export const diffText = (diff: GraphDiff, jobs: number, paint: Paint, width: number): string => {
  const { added, removed, changed, forecast, touched } = diff
  if (added.length + removed.length + changed.length === 0) return "no difference"
  const longest = Math.max(...[...added, ...removed, ...changed].map(({ path }) => path.length))
  const lines = [
    ...removed.map(({ path, kind }) => `${paint("red", `- ${path.padEnd(longest)}`)}  ${kind}`),
    ...added.map(({ path, kind }) => `${paint("green", `+ ${path.padEnd(longest)}`)}  ${kind}`),
    ...changed.map(({ path, changes }) => `${paint("yellow", `~ ${path.padEnd(longest)}`)}  ${fitted(changes.join("; "), width - longest - 4)}`),
  ]
  if (forecast === undefined) return lines.join("\n")
  const runs = [...wouldRun(diff, "runs"), ...wouldRun(diff, "unknown")]
  if (runs.length === 0) return [...lines, "", "nothing would run: every result is in the store"].join("\n")
  const names = Math.max(...runs.map((path) => path.length))
  const would = runs.flatMap((path) => {
    const prospect = forecast.nodes.get(path)
    if (prospect === undefined) return []
    const head = `  ${prospect.state === "runs" ? "runs   " : "may run"} ${path.padEnd(names)} ${("expectedMs" in prospect && prospect.expectedMs !== undefined ? duration(prospect.expectedMs) : "").padStart(12)}  `
    return [`${head}${paint("dim", fitted(shortReason(prospect), width - head.length))}`]
  })
  return [...lines, "", ...would, "", timesText(planTimes(forecast, jobs, (path) => touched.has(path)), jobs)].join("\n")
}
