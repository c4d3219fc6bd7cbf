/** The state of a node as a mark that is read without colour, and as a word for who does not see it. */
import type { NodeStatus } from "../../protocol/status.ts"
import { lookOf } from "../view/phases.ts"

export const Mark = ({ status }: { readonly status: NodeStatus | undefined }) => {
  const { word, mark, tone } = lookOf(status?.phase ?? "waiting")
  return <span className={`mark ${tone}`} role="img" aria-label={word} title={status?.why ?? word}>{mark}</span>
}
