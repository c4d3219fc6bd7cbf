/** The list of past runs, as JSON lines and for people: below each its command line, and the metrics that changed. */
import type { Json } from "../../src/base/json.ts"
import { equalJson } from "../../src/base/json.ts"
import { figure } from "../report/metrics-section.ts"
import { duration, moment } from "./duration.ts"
import { fitted } from "./fitted.ts"
import type { RunLine } from "./line-schema.ts"
import type { PastRun } from "./log.ts"
import type { Paint } from "./paint.ts"

export const runLine = ({ id, name, graph, args, at, state, seed, device, jobs, exit, ms, counts, metrics }: PastRun): RunLine => ({
  type: "run", id, name, graph, args, at, state, seed, device, jobs,
  ...(exit === undefined ? {} : { exit }),
  ...(ms === undefined ? {} : { ms }),
  ...(counts === undefined ? {} : { counts }),
  ...(metrics === undefined ? {} : { metrics }),
})

/** `runs` are the newest first; `withMetrics`: each with the metrics that differ from the run before it. */
export const runsText = (runs: readonly PastRun[], limit: number, withMetrics: boolean, paint: Paint, width: number): string => {
  if (runs.length === 0) return "no runs yet"
  const shown = runs.slice(0, limit)
  const longest = Math.max(...shown.map(({ name }) => name.length))
  const lines = shown.map((run, i) => {
    const head = `${moment(run.at)}  ${run.name.padEnd(longest)}  ${paint(colours[run.state], run.state.padEnd(7))}  `
    const text = `${countsText(run)}${run.ms === undefined ? "" : ` in ${duration(run.ms)}`}`
    const below = [`run ${run.args.join(" ")}`, ...(withMetrics ? changedMetrics(run, runs[i + 1]) : [])]
    return [`${head}${text}`, ...below.map((line) => paint("dim", fitted(`    ${line}`, width)))].join("\n")
  })
  return [...lines, ...(runs.length > limit ? [paint("dim", `${runs.length - limit} older; --limit N shows more`)] : [])].join("\n")
}

const colours = { running: "cyan", done: "green", failed: "red", stopped: "yellow", killed: "yellow" } as const

const countsText = ({ counts, state }: PastRun): string => {
  if (counts === undefined) return state === "killed" ? "did not end" : ""
  const failed = (counts["failed"] ?? 0) + (counts["blocked"] ?? 0)
  return [`${counts["ran"] ?? 0} ran`, `${counts["reused"] ?? 0} reused`, ...(failed > 0 ? [`${failed} not`] : [])].join(", ")
}

const changedMetrics = (run: PastRun, before: PastRun | undefined): readonly string[] =>
  Object.entries(run.metrics ?? {}).flatMap(([node, value]) => (before?.metrics?.[node] !== undefined && equalJson(before.metrics[node], value) ? [] : [`${node}  ${valuesText(value)}`]))

/** `en 2.310, ru 2.505`. */
export const valuesText = (value: Json | undefined): string => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value === undefined ? "" : String(value)
  return Object.entries(value).map(([column, one]) => (typeof one === "number" ? `${column} ${figure(one)}` : `${column}: ${valuesText(one)}`)).join(", ")
}
