/** What a node said while it ran, and what came of its past runs. */
import type { NodeDetail } from "../../protocol/question.ts"
import { time, value } from "../draw/format.ts"

export const LogTab = ({ detail }: { readonly detail: NodeDetail | undefined }) => {
  if (detail === undefined) return <p className="loading">…</p>
  return (
    <>
      <h3>Log</h3>
      {detail.logs.length === 0 && <p className="soft">Nothing was said.</p>}
      <ol className="log">{detail.logs.map(({ at, level, text }, i) => <li key={i} className={level}><time className="soft" dateTime={new Date(at).toISOString()}>{clock(at)}</time><span>{text}</span></li>)}</ol>
      <h3>Past results</h3>
      {detail.past.length === 0 && <p className="soft">None is kept.</p>}
      {detail.past.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label="Past results">
          <table>
            <thead><tr><th scope="col">when</th><th scope="col">state</th><th scope="col" className="number">time</th><th scope="col">result</th></tr></thead>
            <tbody>{detail.past.map((past, i) => <tr key={i}><td title={past.run}>{new Date(past.at).toLocaleString([], { dateStyle: "short", timeStyle: "short" })}</td><td>{past.state}</td><td className="number">{time(past.ms)}</td><td>{past.error ?? (past.value === null ? <code title={past.key}>{past.key.slice(0, 10)}</code> : summary(past.value))}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </>
  )
}

const clock = (at: number): string => new Date(at).toLocaleTimeString([], { hour12: false })

const summary = (result: unknown): string =>
  typeof result === "object" && result !== null && !Array.isArray(result) ? Object.entries(result).map(([name, x]) => `${name} ${value(x)}`).join(", ") : value(result)
