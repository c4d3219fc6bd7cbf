/** Every node as a list in groups, in the order they run: the canvas for the keyboard and for screen readers. */
import { memo, useMemo } from "react"
import { useLive } from "../connection/use-live.tsx"
import { Chevron } from "../controls/icons.tsx"
import { prefixesOf } from "../graph/groups.ts"
import { Mark } from "../graph/mark.tsx"
import { familyColour } from "../view/families.ts"
import { progressText } from "../view/phases.ts"
import { useSteady } from "../view/use-steady.ts"
import { useView } from "../view/use-view.tsx"
import { treeRows } from "./tree-rows.ts"

export const NodeTree = ({ onPick }: { readonly onPick: () => void }) => {
  const order = useLive(({ graph }) => graph.order)
  const rows = useMemo(() => treeRows(order), [order])
  const { view, select, toggleGroup } = useView()
  return (
    <ul className="tree">
      {rows.map((row) => {
        const hidden = prefixesOf(row.path).some((prefix) => view.closed.has(prefix)) || (row._tag === "node" && view.closed.has(row.path))
        if (hidden) return null
        return row._tag === "group"
          ? <GroupRow key={`group ${row.path}`} path={row.path} depth={row.depth} size={row.size} isClosed={view.closed.has(row.path)} toggle={toggleGroup} />
          : <NodeRow key={row.path} path={row.path} depth={row.depth} isSelected={view.selected === row.path} select={(path) => (select(path), onPick())} />
      })}
    </ul>
  )
}

const indent = (depth: number) => ({ paddingLeft: 6 + depth * 14 })

const GroupRow = memo(({ path, depth, size, isClosed, toggle }: { readonly path: string; readonly depth: number; readonly size: number; readonly isClosed: boolean; readonly toggle: (path: string) => void }) => (
  <li>
    <button className="quiet group-row" aria-expanded={!isClosed} style={indent(depth)} title={isClosed ? `Show the nodes of ${path}` : `Show ${path} as one box`} onClick={() => toggle(path)}>
      <Chevron /><span>{path.split("/").at(-1)}</span><small className="soft">{size}</small>
    </button>
  </li>
))

const NodeRow = memo(({ path, depth, isSelected, select }: { readonly path: string; readonly depth: number; readonly isSelected: boolean; readonly select: (path: string) => void }) => {
  const { status } = useSteady(useLive(({ statuses }) => statuses[path]))
  const family = useLive(({ nodes }) => nodes[path]?.family ?? "")
  const name = path.split("/").slice(Math.min(depth, path.split("/").length - 1)).join("/")
  return (
    <li>
      <button className="quiet node-row" aria-current={isSelected} style={indent(depth)} title={path} onClick={() => select(path)}>
        <Mark status={status} />
        <span>{name}</span>
        {status !== undefined && status.progress !== null && (status.phase === "running" || status.phase === "partial") && <small className="soft">{progressText(status).split(" · ")[0]}</small>}
        <i className="family-dot" style={{ background: familyColour(family) }} aria-hidden="true" />
      </button>
    </li>
  )
}, (a, b) => a.path === b.path && a.depth === b.depth && a.isSelected === b.isSelected)
