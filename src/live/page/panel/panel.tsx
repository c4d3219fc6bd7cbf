/** The right side: all of the experiment in figures, or what was clicked, looked into. */
import "./panel.css"
import { useLive } from "../connection/use-live.tsx"
import { readEdge } from "../view/view.ts"
import { useView } from "../view/use-view.tsx"
import { EdgePanel } from "./edge-panel.tsx"
import { GroupPanel } from "./group-panel.tsx"
import { NodePanel } from "./node-panel.tsx"
import { Overview } from "./overview.tsx"

export const Panel = () => {
  const { view: { selected } } = useView()
  const isNode = useLive(({ nodes }) => selected !== undefined && nodes[selected] !== undefined)
  const isGroup = useLive(({ graph }) => selected !== undefined && graph.order.some((path) => path.startsWith(`${selected}/`)))
  const edge = selected === undefined ? undefined : readEdge(selected)
  return (
    <aside className={selected === undefined ? "panel" : "panel picked"} aria-label={selected === undefined ? "Results" : `About ${selected}`}>
      {selected === undefined ? <Overview /> : edge !== undefined ? <EdgePanel key={selected} edge={edge} /> : isNode ? <NodePanel key={selected} path={selected} /> : isGroup ? <GroupPanel path={selected} /> : <Gone path={selected} />}
    </aside>
  )
}

const Gone = ({ path }: { readonly path: string }) => {
  const { select } = useView()
  return (
    <div className="empty-state">
      <p>{`There is no node ${path} in the graph now.`}</p>
      <button onClick={() => select(undefined)}>Back to the results</button>
    </div>
  )
}
