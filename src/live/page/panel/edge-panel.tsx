/** An edge looked into: what flows, a sample of it, and the way to take it away. */
import * as E from "fp-ts/lib/Either.js"
import { useState } from "react"
import { useAnswer, useConnection, useLive } from "../connection/use-live.tsx"
import { size } from "../draw/format.ts"
import { paceOf } from "../graph/line-edge.tsx"
import { unwire } from "../graph/wiring.ts"
import { edgeName, type Ref } from "../view/view.ts"
import { useView } from "../view/use-view.tsx"
import { CloseButton } from "./close-button.tsx"
import { ValueOf } from "./value-of.tsx"

export const EdgePanel = ({ edge: { from, to } }: { readonly edge: { readonly from: Ref; readonly to: Ref } }) => {
  const connection = useConnection()
  const { select } = useView()
  const flow = useLive(({ flows }) => flows[`${from.node}.${from.port}`])
  const nodes = useLive((state) => state.nodes)
  const isStream = nodes[from.node]?.outputs.find(({ name }) => name === from.port)?.isStream ?? false
  const [element, setElement] = useState<number | null>(null)
  const [fault, setFault] = useState<string | undefined>(undefined)
  const sample = useAnswer({ ask: "sample", node: from.node, port: from.port, element })
  const cut = async (): Promise<void> => {
    const edit = unwire(nodes, edgeName(from, to))
    if (edit === undefined) return
    const reply = await connection.edit(edit)
    if (E.isLeft(reply)) setFault(reply.left.join("; "))
    else select(undefined)
  }
  const pace = flow === undefined ? undefined : paceOf(flow)
  const facts: readonly (readonly [string, string])[] = flow === undefined ? [] : [
    ["what", flow.what],
    ["size", size(flow.bytes)],
    ...(flow.elements === null ? [] : [["elements", String(flow.elements)] as const]),
    ...(pace === undefined ? [] : [["rate", pace] as const]),
  ]
  return (
    <>
      <header className="panel-head">
        <div className="panel-title"><h2>Edge</h2><CloseButton /></div>
        <p className="edge-ends"><End of={from} select={select} /><span className="soft">→</span><End of={to} select={select} /></p>
        <div className="actions"><button title="Take the edge away (Delete)" onClick={() => void cut()}>Remove</button></div>
        {fault !== undefined && <p className="fault" role="alert">{fault}</p>}
      </header>
      <div className="panel-body">
        {facts.length === 0 && <p className="soft">Nothing has flowed here yet.</p>}
        <dl className="facts">{facts.map(([name, text]) => <div key={name}><dt>{name}</dt><dd>{text}</dd></div>)}</dl>
        <h3>Sample</h3>
        {isStream && sample?.elements !== undefined && sample.elements !== null && sample.elements > 0 && (
          <label className="axis">element
            <input type="range" min={0} max={sample.elements - 1} value={element ?? sample.elements - 1} onChange={(event) => setElement(Number(event.target.value))} />
            <output>{element === null ? "newest" : `${element + 1} of ${sample.elements}`}</output>
          </label>
        )}
        {sample === undefined ? <p className="loading">…</p> : <ValueOf value={sample.value} node={from.node} port={from.port} />}
      </div>
    </>
  )
}

const End = ({ of: { node, port }, select }: { readonly of: Ref; readonly select: (path: string) => void }) => (
  <span><button className="quiet link" onClick={() => select(node)}>{node}</button><span className="soft">{`.${port}`}</span></span>
)
