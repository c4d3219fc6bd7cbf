/** Every param of a node as a control, with what it means and what the file has. */
import type { Json } from "../../../base/json.ts"
import type { NodeView } from "../../protocol/graph-view.ts"
import { controlOf } from "../controls/control-of.ts"
import { ParamControl } from "../controls/param-control.tsx"
import { Foreseen } from "../controls/foreseen.tsx"
import { useEdits } from "../controls/use-edits.ts"
import { value } from "../draw/format.ts"

interface Props {
  readonly node: NodeView
  /** The param a failure is about. */
  readonly fault: string | undefined
}

export const ParamsTab = ({ node, fault }: Props) => {
  const { edit, faults } = useEdits()
  if (node.params.length === 0 && !node.seeded) return <p className="empty-state">This kind has no params.</p>
  const set = (name: string) => (next: Json, gesture: string): void => edit(name, { op: "set", node: node.path, params: { [name]: next } }, gesture)
  return (
    <div className="params">
      {node.params.map((param) => (
        <div key={param.name} className={param.fileValue === null ? "param-row" : "param-row changed"}>
          <ParamControl name={param.name} kind={controlOf(param)} value={param.value} doc={param.expected} fault={faults[param.name] ?? (fault === param.name ? "the failure is about this param" : undefined)} foresee={(next) => <Foreseen node={node.path} params={{ [param.name]: next }} />} onSet={set(param.name)} />
          <p className="soft">
            {param.doc}
            {param.extends && <span title="A larger value goes on where a smaller one ended"> · only adds to the work there is</span>}
            {param.fileValue !== null && <span>{` · in the file: ${value(param.fileValue)}`}</span>}
          </p>
        </div>
      ))}
      {node.seeded && (
        <div className="param-row">
          <ParamControl name="salt" kind={{ _tag: "seed" }} value={/^\d+$/.test(node.salt) ? Number(node.salt) : node.salt} doc="A random stream of its own" fault={faults["salt"]} onSet={(next, gesture) => edit("salt", { op: "salt", node: node.path, salt: String(next) }, gesture)} />
          <p className="soft">Gives this node a random stream of its own; empty: that of the graph's seed.</p>
        </div>
      )}
    </div>
  )
}
