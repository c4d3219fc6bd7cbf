/** The left side: what can be turned, what the page has changed against the file, and every node as a list. */
import { useState } from "react"
import "./side.css"
import { Changes } from "./changes.tsx"
import { NodeTree } from "./node-tree.tsx"
import { Steer } from "./steer.tsx"
import { AddNode } from "./add-node.tsx"
import { Plus } from "../controls/icons.tsx"

export const Side = ({ onPick }: { readonly onPick: () => void }) => {
  const [adding, setAdding] = useState(false)
  return (
    <nav className="side" aria-label="Knobs and nodes">
      <Steer />
      <Changes />
      <section>
        <h2 className="section">Nodes<button className="quiet icon" aria-label="Add a node" title="Add a node" onClick={() => setAdding(true)}><Plus /></button></h2>
        <NodeTree onPick={onPick} />
      </section>
      {adding && <AddNode onClose={() => setAdding(false)} />}
    </nav>
  )
}
