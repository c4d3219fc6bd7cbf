/** Why a node ran, back to the edit, and what its result was made of. */
import type { NodeView } from "../../protocol/graph-view.ts"
import type { NodeDetail } from "../../protocol/question.ts"
import { time } from "../draw/format.ts"
import { useView } from "../view/use-view.tsx"

export const WhyTab = ({ node, detail, why }: { readonly node: NodeView; readonly detail: NodeDetail | undefined; readonly why: string | undefined }) => {
  const { select } = useView()
  return (
    <>
      <h3>{`Why ${node.path} stands as it does`}</h3>
      <p>{why ?? "Nothing has asked for it yet."}</p>
      {detail === undefined ? <p className="loading">…</p> : (
        <>
          {detail.because.length > 0 && <h3>From here to the edit</h3>}
          <ol className="because">
            {detail.because.map(({ node: path, changes }) => (
              <li key={path}><button className="quiet link" onClick={() => select(path)}>{path}</button>{changes.map((change) => <p key={change}>{change}</p>)}</li>
            ))}
          </ol>
          <h3>Made of</h3>
          <ul className="lineage">
            {detail.lineage.map(({ node: path, kind, key, ms }) => (
              <li key={path}>
                <button className="quiet link" onClick={() => select(path)}>{path}</button>
                <span className="soft">{kind}</span>
                <code className="soft" title={key ?? ""}>{key?.slice(0, 10) ?? ""}</code>
                <span className="number soft">{ms === null ? "" : time(ms)}</span>
              </li>
            ))}
          </ul>
          {detail.key !== null && <p className="soft">key <code>{detail.key}</code></p>}
        </>
      )}
    </>
  )
}
