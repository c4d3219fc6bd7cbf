/** A node on the canvas: what it is, how it stands, and its headline. Drawn again only when its own status changes. */
import { Handle, Position, type NodeProps } from "@xyflow/react"
import { memo } from "react"
import type { NodeView } from "../../protocol/graph-view.ts"
import type { NodeStatus } from "../../protocol/status.ts"
import { useLive } from "../connection/use-live.tsx"
import { Gate, Pin, Power } from "../controls/icons.tsx"
import { familyColour } from "../view/families.ts"
import { describeStatus, isRunning, lookOf, partOf } from "../view/phases.ts"
import { useSteady } from "../view/use-steady.ts"
import { useView } from "../view/use-view.tsx"
import type { CardNode } from "./flow.ts"
import { prefixesOf } from "./groups.ts"
import { HeadlineView } from "./headline.tsx"
import { Mark } from "./mark.tsx"
import { isTall, portHeight } from "./scene.ts"

export const NodeCard = memo(({ data }: NodeProps<CardNode>) => {
  const { path, height } = data.box
  const node = useLive(({ nodes }) => nodes[path])
  const { status, isOld } = useSteady(useLive(({ statuses }) => statuses[path]))
  if (node === undefined) return null
  const tone = status === undefined ? "calm" : lookOf(status.phase).tone
  return (
    <article className={`card ${tone}${isOld ? " old" : ""}${isTall(node) ? " tall" : ""}`} style={{ ["--family" as string]: familyColour(node.family), height }}>
      <Ports node={node} height={height} />
      <header>
        <Mark status={status} />
        <Title path={path} />
        <ControlMarks node={node} />
      </header>
      <p className="kind">{node.title === "" ? node.kind : node.title}</p>
      {isTall(node) && <div className="headline-box">{status?.headline ? <HeadlineView headline={status.headline} /> : null}</div>}
      <p className={`status ${tone}`}>{status === undefined ? "" : status.phase === "failed" ? status.message ?? "failed" : describeStatus(status)}</p>
      <Bar status={status} />
    </article>
  )
})

const Title = ({ path }: { readonly path: string }) => {
  const { toggleGroup } = useView()
  const group = prefixesOf(path).at(-1)
  if (group === undefined) return <h3 className="path" title={path}><b>{path}</b></h3>
  return (
    <h3 className="path" title={path}>
      <button className="quiet prefix nodrag nopan" tabIndex={-1} title={`Show ${group} as one box`} onClick={(event) => (event.stopPropagation(), toggleGroup(group))}>{group}/</button>
      <b>{path.slice(group.length + 1)}</b>
    </h3>
  )
}

const ControlMarks = ({ node: { controls } }: { readonly node: NodeView }) => (
  <span className="control-marks">
    {controls.pin !== null && <i title="pinned"><Pin /></i>}
    {controls.gate === "closed" && <i title="the gate is closed"><Gate /></i>}
    {(controls.disabled || controls.bypass) && <i title={controls.disabled ? "disabled" : "bypassed"}><Power /></i>}
  </span>
)

const Bar = ({ status }: { readonly status: NodeStatus | undefined }) => {
  if (status === undefined || !isRunning(status.phase)) return null
  const part = partOf(status.progress)
  return <div className={part === undefined ? "bar unknown" : "bar"} aria-hidden="true"><i style={part === undefined ? undefined : { transform: `scaleX(${part})` }} /></div>
}

const Ports = ({ node: { inputs, outputs }, height }: { readonly node: NodeView; readonly height: number }) => (
  <>
    {inputs.map(({ name, type, isStream, arity }, i) => (
      <Handle key={name} id={name} type="target" position={Position.Left} style={{ top: portHeight(i, inputs.length, height) }} title={`${name}: ${isStream ? `stream of ${type}` : type}${arity === "one" ? "" : `, ${arity}`}`} />
    ))}
    {outputs.map(({ name, type, isStream }, i) => (
      <Handle key={name} id={name} type="source" position={Position.Right} style={{ top: portHeight(i, outputs.length, height) }} title={`${name}: ${isStream ? `stream of ${type}` : type}`} />
    ))}
  </>
)
