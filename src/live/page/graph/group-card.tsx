/** A closed group on the canvas: how many nodes it stands for, and how they stand. */
import { Handle, Position, type NodeProps } from "@xyflow/react"
import { memo } from "react"
import { useLive } from "../connection/use-live.tsx"
import { Plus } from "../controls/icons.tsx"
import { count } from "../draw/format.ts"
import { lookOf } from "../view/phases.ts"
import { useView } from "../view/use-view.tsx"
import type { GroupNode } from "./flow.ts"
import { tally } from "./tally.ts"

export const GroupCard = memo(({ data: { box } }: NodeProps<GroupNode>) => {
  const { toggleGroup } = useView()
  // A text, so that the card is drawn again only when it would look different.
  const text = useLive(({ statuses }) => JSON.stringify(tally(box.members, statuses)))
  const { phases, part } = JSON.parse(text) as ReturnType<typeof tally>
  return (
    <article className="card group" style={{ height: box.height }}>
      <Handle type="target" position={Position.Left} />
      <Handle type="source" position={Position.Right} />
      <header>
        <h3 className="path"><b>{box.path}</b></h3>
        <button className="quiet icon open nodrag nopan" tabIndex={-1} aria-label={`Show the nodes of ${box.path}`} title="Show its nodes" onClick={(event) => (event.stopPropagation(), toggleGroup(box.path))}><Plus /></button>
      </header>
      <p className="kind">{count(box.members.length, "node")}</p>
      <p className="status">
        {phases.map(([phase, n]) => <span key={phase} className={`tally ${lookOf(phase).tone}`} title={lookOf(phase).word}>{`${lookOf(phase).mark} ${n}`}</span>)}
      </p>
      {part !== undefined && <div className="bar" aria-hidden="true"><i style={{ transform: `scaleX(${part})` }} /></div>}
    </article>
  )
})
