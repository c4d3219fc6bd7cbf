/** A group looked into: its nodes and how they stand. */
import { useMemo } from "react"
import { useLive } from "../connection/use-live.tsx"
import { count } from "../draw/format.ts"
import { Mark } from "../graph/mark.tsx"
import { describeStatus } from "../view/phases.ts"
import { useView } from "../view/use-view.tsx"
import { CloseButton } from "./close-button.tsx"

export const GroupPanel = ({ path }: { readonly path: string }) => {
  const order = useLive(({ graph }) => graph.order)
  const statuses = useLive((state) => state.statuses)
  const members = useMemo(() => order.filter((one) => one === path || one.startsWith(`${path}/`)), [order, path])
  const { view, select, toggleGroup } = useView()
  return (
    <>
      <header className="panel-head">
        <div className="panel-title"><h2>{path}</h2><CloseButton /></div>
        <p className="soft">{count(members.length, "node")}</p>
        <div className="actions"><button onClick={() => toggleGroup(path)}>{view.closed.has(path) ? "Show its nodes" : "Show as one box"}</button></div>
      </header>
      <ul className="panel-body members">
        {members.map((member) => (
          <li key={member}>
            <Mark status={statuses[member]} />
            <button className="quiet link" onClick={() => select(member)}>{member === path ? path : member.slice(path.length + 1)}</button>
            <span className="soft">{statuses[member] === undefined ? "" : describeStatus(statuses[member])}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
