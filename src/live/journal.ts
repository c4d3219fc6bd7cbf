/** What happened to each node, in words, the newest of it: the log that a page shows. */
import type { EngineEvent } from "../engine/event.ts"
import { describeWhy } from "../engine/describe-why.ts"
import { whyNot } from "../engine/why-not.ts"
import type { NodeDetail } from "./protocol/question.ts"

export type LogLine = NodeDetail["logs"][number]

const mostLines = 100

export interface Journal {
  readonly hear: (event: EngineEvent, at: number) => void
  readonly of: (path: string) => readonly LogLine[]
  readonly forget: (path: string) => void
}

export const makeJournal = (): Journal => {
  const lines = new Map<string, LogLine[]>()
  const add = (path: string, line: LogLine): void => {
    const all = lines.get(path) ?? []
    lines.set(path, all)
    all.push(line)
    if (all.length > mostLines) all.shift()
  }
  return {
    hear: (event, at) => {
      if (event.type === "started") add(event.node, { at, level: "info", text: `started: ${describeWhy(event.why)}` })
      if (event.type === "nondeterminism") add(event.node, { at, level: "warning", text: "gave another result for a key it had before; the first stays" })
      if (event.type !== "outcome") return
      const { node, outcome } = event
      switch (outcome.state) {
        case "ran":
          return add(node, { at, level: "info", text: `ran in ${(outcome.ms / 1000).toFixed(2)} s: ${describeWhy(outcome.why)}` })
        case "reused":
          return add(node, { at, level: "info", text: "had this result already" })
        case "failed":
          return add(node, { at, level: "error", text: `${outcome.param === undefined ? "" : `param ${outcome.param}: `}${outcome.message}` })
        default:
          return add(node, { at, level: outcome.state === "blocked" ? "warning" : "info", text: whyNot(outcome) })
      }
    },
    of: (path) => lines.get(path) ?? [],
    forget: (path) => void lines.delete(path),
  }
}
