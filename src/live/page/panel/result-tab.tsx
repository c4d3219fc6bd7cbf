/** What came out of a node, each output drawn by its view; outputs that are only data are listed under Data. */
import type { NodeView } from "../../protocol/graph-view.ts"
import { useAnswer } from "../connection/use-live.tsx"
import { ValueOf } from "./value-of.tsx"

export const ResultTab = ({ node }: { readonly node: NodeView }) => {
  const drawn = node.outputs.filter(({ view }) => view !== "data")
  const shown = drawn.length > 0 ? drawn : node.outputs
  if (shown.length === 0) return <p className="empty-state">This kind has no outputs.</p>
  return shown.map(({ name }) => <Output key={name} node={node.path} port={name} isOnly={shown.length === 1} />)
}

const Output = ({ node, port, isOnly }: { readonly node: string; readonly port: string; readonly isOnly: boolean }) => {
  const answer = useAnswer({ ask: "value", node, port })
  return (
    <section className="output">
      {!isOnly && <h3>{port}</h3>}
      {answer === undefined ? <p className="loading">…</p> : <ValueOf value={answer.value} node={node} port={port} />}
    </section>
  )
}
