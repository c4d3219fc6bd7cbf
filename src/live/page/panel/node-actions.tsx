/** What can be done to a node besides turning its params: pin, run again, gate, bypass, disable, remove. */
import * as E from "fp-ts/lib/Either.js"
import { useState, type ReactNode } from "react"
import type { NodeView } from "../../protocol/graph-view.ts"
import type { LiveEdit } from "../../protocol/live-edit.ts"
import type { NodeStatus } from "../../protocol/status.ts"
import type { Reply } from "../connection/connection.ts"
import { useConnection } from "../connection/use-live.tsx"
import { Again, Gate, Pin, Power } from "../controls/icons.tsx"
import { useView } from "../view/use-view.tsx"

type Controls = (LiveEdit & { readonly op: "control" })["controls"]

export const NodeActions = ({ node, status }: { readonly node: NodeView; readonly status: NodeStatus | undefined }) => {
  const connection = useConnection()
  const { select } = useView()
  const [fault, setFault] = useState<string | undefined>(undefined)
  const told = (reply: Reply): Reply => (setFault(E.isLeft(reply) ? reply.left.join("; ") : undefined), reply)
  const control = (controls: Controls): void => void connection.edit({ op: "control", node: node.path, controls }).then(told)
  const remove = async (): Promise<void> => {
    if (E.isRight(told(await connection.edit({ op: "remove", node: node.path })))) select(undefined)
  }
  const { pin, gate, disabled, bypass } = node.controls
  const hasFailed = status?.phase === "failed"
  return (
    <div className="actions" role="group" aria-label={`Actions on ${node.path}`}>
      {hasFailed && <Action name="Try again" title="Run it again" icon={<Again />} onClick={() => void connection.act({ act: "retry", node: node.path }).then(told)} />}
      <Action name="Pin" title="Keep this result, whatever changes upstream" icon={<Pin />} pressed={pin !== null} onClick={() => control({ pin: pin === null ? { reason: "" } : null })} />
      <Action name="Gate" title="Hold this node and all that depends on it" icon={<Gate />} pressed={gate === "closed"} onClick={() => control({ gate: gate === "closed" ? null : "closed" })} />
      <Action name="Off" title="Switch it off, with what cannot do without it" icon={<Power />} pressed={disabled} onClick={() => control({ disabled: disabled ? null : true })} />
      {node.canBypass && <Action name="Bypass" title="Pass its input on instead of running" pressed={bypass} onClick={() => control({ bypass: bypass ? null : true })} />}
      {!hasFailed && <Action name="Force" title="Run it once more, though its result is known, and compare" icon={<Again />} onClick={() => control({ force: true })} />}
      <Action name="Remove" title="Take the node out of the graph" onClick={() => void remove()} />
      {fault !== undefined && <p className="fault" role="alert">{fault}</p>}
    </div>
  )
}

const Action = ({ name, title, icon, pressed, onClick }: { readonly name: string; readonly title: string; readonly icon?: ReactNode; readonly pressed?: boolean; readonly onClick: () => void }) => (
  <button title={title} {...(pressed === undefined ? {} : { "aria-pressed": pressed })} onClick={onClick}>{icon}{name}</button>
)
