/** What goes in and out of a node: from where, how much, and each output to look into. */
import { useState } from "react"
import type { NodeView, OutputView } from "../../protocol/graph-view.ts"
import type { NodeDetail } from "../../protocol/question.ts"
import { useAnswer, useLive } from "../connection/use-live.tsx"
import { Chevron } from "../controls/icons.tsx"
import { size } from "../draw/format.ts"
import { edgeName, type Ref } from "../view/view.ts"
import { useView } from "../view/use-view.tsx"
import { ValueOf } from "./value-of.tsx"

export const DataTab = ({ node, detail }: { readonly node: NodeView; readonly detail: NodeDetail | undefined }) => {
  const { select } = useView()
  const sizeOf = (port: string, from: Ref): string => {
    const known = detail?.inputs.find((input) => input.port === port && input.node === from.node && input.output === from.port)?.bytes
    return known === undefined || known === null ? "" : size(known)
  }
  return (
    <>
      <h3>Inputs</h3>
      {node.inputs.length === 0 && <p className="soft">none</p>}
      <ul className="ports">
        {node.inputs.map((input) => (
          <li key={input.name}>
            <p><b>{input.name}</b> <span className="soft">{[input.isStream ? `stream of ${input.type}` : input.type, input.arity === "one" ? "" : input.arity, input.isLazy ? "lazy" : ""].filter((part) => part !== "").join(", ")}</span></p>
            {input.from.length === 0 && <p className="soft">nothing is wired here</p>}
            {input.from.map((from) => (
              <button key={`${from.node}.${from.port}`} className="quiet link wire" title="Look at what flows along this edge" onClick={() => select(edgeName(from, { node: node.path, port: input.name }))}>
                <span>{`${from.node}.${from.port}`}</span><small className="soft">{sizeOf(input.name, from)}</small>
              </button>
            ))}
          </li>
        ))}
      </ul>
      <h3>Outputs</h3>
      {node.outputs.map((output) => <Output key={output.name} node={node.path} output={output} />)}
    </>
  )
}

const Output = ({ node, output: { name, type } }: { readonly node: string; readonly output: OutputView }) => {
  const [isOpen, setOpen] = useState(false)
  const flow = useLive(({ flows }) => flows[`${node}.${name}`])
  const answer = useAnswer(isOpen ? { ask: "value", node, port: name } : undefined)
  return (
    <div className="tensors">
      <button className="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Chevron /><b>{name}</b><span className="soft">{flow === undefined ? type : flow.what}</span><small className="soft">{flow === undefined ? "" : size(flow.bytes)}</small>
      </button>
      {isOpen && (answer === undefined ? <p className="loading">…</p> : <ValueOf value={answer.value} node={node} port={name} />)}
    </div>
  )
}
