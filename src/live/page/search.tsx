/** Finding a node by a part of its path, kind or params: type, arrows, Enter. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react"
import { useLive } from "./connection/use-live.tsx"
import { Mark } from "./graph/mark.tsx"
import { useView } from "./view/use-view.tsx"
import { findNodes } from "./view/find.ts"

const most = 40

export const SearchBox = ({ onClose }: { readonly onClose: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState("")
  const [at, setAt] = useState(0)
  const order = useLive(({ graph }) => graph.order)
  const nodes = useLive((state) => state.nodes)
  const statuses = useLive((state) => state.statuses)
  const { select } = useView()
  const found = useMemo(() => findNodes(text, order, nodes).slice(0, most), [text, order, nodes])
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal()
  }, [])
  const pick = (path: string | undefined): void => {
    if (path === undefined) return
    select(path)
    onClose()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt(Math.max(0, Math.min(found.length - 1, at + step)))
    }
    if (event.key === "Enter") pick(found[at])
  }
  return (
    <dialog ref={dialog} className="dialog search" aria-label="Find a node" onCancel={(event) => (event.preventDefault(), onClose())} onClick={(event) => event.target === dialog.current && onClose()}>
      <input type="search" autoFocus role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant={found[at] === undefined ? undefined : `found-${at}`} aria-label="Find a node" placeholder="Find a node: path, kind, param" value={text} onChange={(event) => (setText(event.target.value), setAt(0))} onKeyDown={onKeyDown} />
      <ul id="found" role="listbox" aria-label="Nodes">
        {found.map((path, i) => (
          <li key={path} id={`found-${i}`} role="option" aria-selected={i === at} ref={(element) => void (i === at && element?.scrollIntoView({ block: "nearest" }))} onClick={() => pick(path)} onPointerMove={() => setAt(i)}>
            <Mark status={statuses[path]} /><span>{path}</span><small className="soft">{nodes[path]?.kind}</small>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="empty-state">No node has that in its path, kind or params.</p>}
    </dialog>
  )
}
