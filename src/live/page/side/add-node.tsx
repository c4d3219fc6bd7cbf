/** A node more: which kind, under which path, fed by what. */
import * as E from "fp-ts/lib/Either.js"
import { useMemo, useState } from "react"
import type { NodeView } from "../../protocol/graph-view.ts"
import { useAnswer, useConnection, useLive } from "../connection/use-live.tsx"
import { Dialog } from "../controls/dialog.tsx"
import { useView } from "../view/use-view.tsx"

export const AddNode = ({ onClose }: { readonly onClose: () => void }) => {
  const connection = useConnection()
  const kinds = useAnswer({ ask: "kinds" })?.kinds
  const nodes = useLive((state) => state.nodes)
  const { select } = useView()
  const [kindId, setKindId] = useState("")
  const [path, setPath] = useState("")
  const [wires, setWires] = useState<{ readonly [input: string]: string }>({})
  const [faults, setFaults] = useState<readonly string[]>([])
  const kind = kinds?.find(({ id }) => id === kindId)
  const node = path === "" ? freePath(kindId.split("/").at(-1) ?? "node", nodes) : path
  const add = async (): Promise<void> => {
    const inputs = Object.fromEntries(Object.entries(wires).filter(([, wire]) => wire !== "").map(([input, wire]) => [input, [wire]]))
    const reply = await connection.edit({ op: "add", node, kind: kindId, params: {}, inputs })
    if (E.isLeft(reply)) return setFaults(reply.left)
    select(node)
    onClose()
  }
  return (
    <Dialog title="Add a node" onClose={onClose}>
      <form onSubmit={(event) => (event.preventDefault(), void add())}>
        <label className="field">Kind
          <select value={kindId} autoFocus onChange={(event) => (setKindId(event.target.value), setWires({}), setFaults([]))}>
            <option value="" disabled>{kinds === undefined ? "…" : "Choose a kind"}</option>
            {kinds?.map(({ id }) => <option key={id} value={id}>{id}</option>)}
          </select>
        </label>
        {kind !== undefined && <p className="soft">{kind.title}</p>}
        <label className="field">Path<input type="text" value={path} placeholder={kindId === "" ? "" : node} onChange={(event) => setPath(event.target.value)} /></label>
        {kind !== undefined && Object.entries(kind.inputs).map(([input, type]) => (
          <label key={input} className="field">{input}
            <select value={wires[input] ?? ""} onChange={(event) => setWires({ ...wires, [input]: event.target.value })}>
              <option value="">{`nothing (${type})`}</option>
              <Sources nodes={nodes} type={type} />
            </select>
          </label>
        ))}
        {faults.map((fault) => <p key={fault} className="fault" role="alert">{fault}</p>)}
        <div className="row end"><button type="button" onClick={onClose}>Cancel</button><button className="primary" disabled={kind === undefined}>Add</button></div>
      </form>
    </Dialog>
  )
}

/** Outputs whose type is in the description of the input. */
const Sources = ({ nodes, type }: { readonly nodes: { readonly [path: string]: NodeView }; readonly type: string }) => {
  const fitting = useMemo(
    () => Object.values(nodes).flatMap(({ path, outputs }) => outputs.filter((output) => type.split(/[^\w-]+/).includes(output.type)).map(({ name }) => `${path}.${name}`)),
    [nodes, type],
  )
  return fitting.map((wire) => <option key={wire}>{wire}</option>)
}

const freePath = (base: string, nodes: { readonly [path: string]: NodeView }): string => {
  if (nodes[base] === undefined) return base
  let n = 2
  while (nodes[`${base}-${n}`] !== undefined) n++
  return `${base}-${n}`
}
