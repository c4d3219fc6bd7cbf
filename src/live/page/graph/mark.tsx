/** The state of a node as a mark that is told apart without colour, and as a word for who does not see it. */
import type { ReactNode } from "react"
import type { NodeStatus, Phase } from "../../protocol/status.ts"
import { lookOf } from "../view/phases.ts"

const ring = <circle cx="7" cy="7" r="5" />
const disc = <circle cx="7" cy="7" r="5.6" fill="currentColor" stroke="none" />
const onDisc = (path: string) => <>{disc}<path d={path} className="cut" /></>

const drawings: { readonly [P in Phase]: ReactNode } = {
  waiting: ring,
  running: <><circle cx="7" cy="7" r="5" opacity="0.3" /><path d="M7 2a5 5 0 0 1 5 5" className="turning" /></>,
  partial: <><circle cx="7" cy="7" r="5" opacity="0.3" /><path d="M7 2a5 5 0 0 1 5 5" className="turning" /><circle cx="7" cy="7" r="2.2" fill="currentColor" stroke="none" /></>,
  done: onDisc("M4.4 7.2l1.8 1.8 3.4-3.8"),
  reused: <>{ring}<path d="M4.6 7.2l1.7 1.7 3.1-3.5" /></>,
  failed: onDisc("M5 5l4 4M9 5l-4 4"),
  blocked: <>{ring}<path d="M3.5 10.5l7-7" /></>,
  stale: <circle cx="7" cy="7" r="5" strokeDasharray="2.2 2" />,
  gated: <path d="M2.5 12V6.5a4.5 4.5 0 0 1 9 0V12zM7 6v6" />,
  off: <path d="M3 7h8" />,
  held: <>{ring}<path d="M5.4 5v4M8.6 5v4" /></>,
  expanded: <><rect x="2" y="2" width="10" height="10" rx="2.4" /><path d="M4.6 7.2l1.7 1.7 3.1-3.5" /></>,
}

export const Mark = ({ status }: { readonly status: NodeStatus | undefined }) => {
  const phase = status?.phase ?? "waiting"
  const { word, tone } = lookOf(phase)
  return (
    <span className={`mark ${tone}`} role="img" aria-label={word} title={status?.why ?? word}>
      <svg width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">{drawings[phase]}</svg>
    </span>
  )
}
