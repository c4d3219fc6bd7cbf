/** All results at a glance: metrics as tables, curves that share axes in one chart, generated texts. From headlines only. */
import { Fragment, useMemo } from "react"
import { useLive } from "../connection/use-live.tsx"
import { Chart } from "../draw/chart.tsx"
import { figure } from "../draw/format.ts"
import { useSame } from "../view/use-same.ts"
import { useSteady } from "../view/use-steady.ts"
import { useView } from "../view/use-view.tsx"
import { chartsOf, curveIn, tablesOf, textsOf, type GeneratedText, type MetricRow, type MetricTable } from "./gather.ts"

export const Overview = () => {
  const order = useLive(({ graph }) => graph.order)
  const statuses = useLive((state) => state.statuses)
  const tables = useMemo(() => tablesOf(order, statuses), [order, statuses])
  // Charts are drawn anew only when a curve is another one, not with every figure that changes.
  const curves = useSame(order.map((path) => curveIn(statuses[path])))
  const charts = useMemo(() => chartsOf(order, curves), [order, curves])
  const nodes = useLive((state) => state.nodes)
  const texts = useMemo(() => textsOf(order, nodes, statuses), [order, nodes, statuses])
  return (
    <div className="panel-body">
      <h2>Results</h2>
      {tables.length + charts.length + texts.length === 0 && <p className="empty-state">Metrics, curves and texts stand here as soon as the first node has some.</p>}
      {tables.map((table) => <Metrics key={table.title} table={table} />)}
      {charts.map(({ title, x, y, series }) => <Chart key={`${x} ${y}`} title={title} x={x} y={y} series={series} />)}
      {texts.length > 0 && <h3>Generated text</h3>}
      {texts.map((one) => <TextCard key={one.path} {...one} />)}
    </div>
  )
}

const Metrics = ({ table }: { readonly table: MetricTable }) => {
  return (
    <section className="metrics">
      <h3>{table.title}{table.unit === "" || table.title.toLowerCase().includes(table.unit.toLowerCase()) ? "" : `, ${table.unit}`}<span className="soft">{` · ${table.better} is better`}</span></h3>
      <div className="scroll" tabIndex={0} role="region" aria-label={table.title}>
        <table>
          <thead><tr><th scope="col"><span className="hidden">node</span></th>{table.columns.map((column) => <th key={column} scope="col" className="number">{column}</th>)}</tr></thead>
          <tbody>
            {table.rows.map((row) => <Row key={row.path} row={row} table={table} />)}
          </tbody>
        </table>
      </div>
    </section>
  )
}

const Row = ({ row: { path, name, values, status }, table: { columns, best } }: { readonly row: MetricRow; readonly table: MetricTable }) => {
  const { select } = useView()
  const { isOld } = useSteady(status)
  return (
    <tr className={isOld ? "old" : ""} data-node={path} data-revision={status.headlineRevision}>
      <th scope="row"><button className="quiet link" title={path} onClick={() => select(path)}>{name.split("/").map((part, i) => <Fragment key={i}>{i > 0 && <>/<wbr /></>}{part}</Fragment>)}</button></th>
      {columns.map((column) => <td key={column} data-column={column} className={`number${values[column] !== undefined && values[column] === best[column] ? " best" : ""}`}>{values[column] === undefined ? "" : figure(values[column])}</td>)}
    </tr>
  )
}

const TextCard = ({ path, text, status }: GeneratedText) => {
  const { select } = useView()
  const { isOld } = useSteady(status)
  return (
    <button className={`quiet text-card${isOld ? " old" : ""}`} onClick={() => select(path)}>
      <small className="soft">{path}</small>
      <span>{text}</span>
    </button>
  )
}
