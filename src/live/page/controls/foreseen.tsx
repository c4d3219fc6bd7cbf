/** What an edit would run, told before it is made. */
import type { ReactNode } from "react"
import type { Json } from "../../../base/json.ts"
import { useAnswer } from "../connection/use-live.tsx"
import { count, time } from "../draw/format.ts"

interface Props {
  /** "" for params of the graph. */
  readonly node: string
  readonly params: { readonly [name: string]: Json }
  /** Until there is an answer. */
  readonly before?: ReactNode
}

export const Foreseen = ({ node, params, before }: Props) => {
  const answer = useAnswer({ ask: "forecast", node, params })
  if (answer === undefined) return before
  const { runs, ms, problems } = answer
  const text = problems.length > 0 ? problems.join("; ") : runs.length === 0 ? "Nothing would run" : `Would run ${count(runs.length, "node")}${ms === null ? "" : `, about ${time(ms)}`}`
  return <p className={problems.length > 0 ? "fault" : "soft foreseen"} role="status" title={runs.map((run) => `${run.node}: ${run.why}`).join("\n")}>{text}</p>
}
