/** Two revisions or two runs side by side: what differs in the graph, and what came out of each. */
import "./compare.css"
import { useState } from "react"
import type { Comparison, Moment } from "../../protocol/question.ts"
import { useAnswer } from "../connection/use-live.tsx"
import { Close } from "../controls/icons.tsx"
import { Chart } from "../draw/chart.tsx"
import { count, figure } from "../draw/format.ts"
import { seriesOf } from "../draw/series.ts"
import { useView } from "../view/use-view.tsx"
import { MomentChoice } from "./moment-choice.tsx"

export const CompareView = ({ a, b }: { readonly a: Moment; readonly b: Moment }) => {
  const { look } = useView()
  const answer = useAnswer({ ask: "compare", a, b })
  return (
    <main className="compare" aria-label="Compare">
      <header>
        <h2>Compare</h2>
        <MomentChoice label="A" value={a} onChoose={(moment) => moment !== undefined && look({ compare: { a: moment, b } })} />
        <button title="Exchange the two" aria-label="Exchange the two" onClick={() => look({ compare: { a: b, b: a } })}>⇄</button>
        <MomentChoice label="B" value={b} onChoose={(moment) => moment !== undefined && look({ compare: { a, b: moment } })} />
        <button className="quiet icon" aria-label="Close the comparison" title="Back to the graph (Esc)" onClick={() => look({ compare: undefined })}><Close /></button>
      </header>
      {answer === undefined ? <p className="loading">…</p> : answer.comparison === null ? <p className="empty-state">{answer.problem ?? "These two cannot be compared."}</p> : <Differences comparison={answer.comparison} />}
    </main>
  )
}

const Differences = ({ comparison }: { readonly comparison: Comparison }) => {
  const { added, removed, changed, metrics, curves } = comparison
  const isEqual = added.length + removed.length + changed.length === 0
  return (
    <div className="compare-body">
      <section>
        <h3>{isEqual ? "The graphs are equal" : [changed.length > 0 ? count(changed.length, "node changed", "nodes changed") : "", added.length > 0 ? `${added.length} only in B` : "", removed.length > 0 ? `${removed.length} only in A` : ""].filter((part) => part !== "").join(" · ")}</h3>
        <ul className="graph-diff">
          {removed.map((node) => <li key={`- ${node}`} className="removed"><b>−</b>{node}</li>)}
          {added.map((node) => <li key={`+ ${node}`} className="added"><b>+</b>{node}</li>)}
          {changed.map(({ node, changes }) => <li key={node}><b>~</b><div>{node}{changes.map((change) => <p key={change} className="soft">{change}</p>)}</div></li>)}
        </ul>
      </section>
      {metrics.length > 0 && <Metrics comparison={comparison} />}
      {curves.length > 0 && (
        <section>
          <h3>Curves that differ</h3>
          <div className="side-by-side">
            {curves.map(({ node, a, b }) => {
              const shown = a ?? b
              return shown === null ? null : <Chart key={node} title={node} x={shown.x} y={shown.y} series={[...(a === null ? [] : seriesOf(a, { when: "A", dashed: true })), ...(b === null ? [] : seriesOf(b, { when: "B", dashed: false }))]} />
            })}
          </div>
        </section>
      )}
    </div>
  )
}

const Metrics = ({ comparison: { metrics, a, b } }: { readonly comparison: Comparison }) => {
  const [all, setAll] = useState(false)
  const differing = metrics.filter((row) => row.a !== row.b)
  const equal = metrics.length - differing.length
  return (
    <section>
      <h3>Metrics</h3>
      <div className="scroll" tabIndex={0} role="region" aria-label="Metrics of both">
        <table>
          <thead><tr><th scope="col">metric</th><th scope="col">column</th><th scope="col" className="number" title={a}>A</th><th scope="col" className="number" title={b}>B</th><th scope="col" className="number">B − A</th></tr></thead>
          <tbody>
            {(all ? metrics : differing).map((row) => {
              const delta = row.a === null || row.b === null ? undefined : row.b - row.a
              const tone = delta === undefined || delta === 0 ? "" : delta < 0 === (row.better === "lower") ? " better" : " worse"
              return (
                <tr key={`${row.node} ${row.column}`}>
                  <th scope="row">{row.node}<span className="soft">{` ${row.title}`}</span></th>
                  <td>{row.column}</td>
                  <td className="number">{row.a === null ? "–" : figure(row.a)}</td>
                  <td className="number">{row.b === null ? "–" : figure(row.b)}</td>
                  <td className={`number${tone}`}>{delta === undefined ? "" : delta === 0 ? "equal" : `${delta > 0 ? "+" : "−"}${figure(Math.abs(delta), 3)}${tone === " better" ? " better" : " worse"}`}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {differing.length === 0 && <p className="soft">No number differs.</p>}
      {equal > 0 && <button className="quiet small" onClick={() => setAll(!all)}>{all ? "Only what differs" : `Show ${count(equal, "number")} that are equal`}</button>}
    </section>
  )
}
