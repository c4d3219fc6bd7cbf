/** What the page has changed against the file: as a list that can be taken back, and as code to put into the file. */
import * as E from "fp-ts/lib/Either.js"
import { useState } from "react"
import { useConnection, useLive } from "../connection/use-live.tsx"
import { copyText } from "../controls/copy-text.ts"
import { Close } from "../controls/icons.tsx"
import { count } from "../draw/format.ts"

export const Changes = () => {
  const connection = useConnection()
  const { file, changes, problems } = useLive((state) => state.overlay)
  const [copied, setCopied] = useState<string | undefined>(undefined)
  if (changes.length === 0 && problems.length === 0) return null
  const copy = async (): Promise<void> => {
    const answer = await connection.ask({ ask: "export", what: "code" })
    const text = E.isRight(answer) ? answer.right.text : undefined
    const done = text !== undefined && (await copyText(text))
    setCopied(done ? "Copied" : "Could not be copied")
    setTimeout(() => setCopied(undefined), 2000)
  }
  return (
    <section className="changes">
      <h2 className="section">Changed here<span className="badge">{changes.length}</span></h2>
      <ul className="diff">
        {changes.map(({ target, text }) => (
          <li key={target}>
            <code>{text}</code>
            <button className="quiet icon" aria-label={`Take back ${target}`} title="Back to what the file says" onClick={() => void connection.edit({ op: "revert", target })}><Close /></button>
          </li>
        ))}
      </ul>
      {problems.map((problem) => <p key={problem} className="fault">{problem}</p>)}
      <p className="soft">{`Kept in ${file}; the graph file itself is not touched.`}</p>
      <div className="row">
        <button onClick={() => void copy()}>{copied ?? "Copy as code"}</button>
        <button onClick={() => void connection.edit({ op: "revert", target: null })}>{`Take back ${changes.length > 1 ? `all ${count(changes.length, "change")}` : "the change"}`}</button>
      </div>
    </section>
  )
}
