/** Metrics as a table for terminals, the best of each column marked. */
import type { MetricTable } from "../report/metric-tables.ts"
import { figure } from "../report/metrics-section.ts"
import type { Paint } from "./paint.ts"

export const metricsText = (tables: readonly MetricTable[], paint: Paint): string => tables.map((table) => tableText(table, paint)).join("\n\n")

const tableText = ({ title, unit, better, columns, rows, best }: MetricTable, paint: Paint): string => {
  const first = Math.max(...rows.map(({ node }) => node.length)) + 2
  const cells = rows.map(({ values }) => columns.map((column) => ({ value: values[column], best: values[column] !== undefined && values[column] === best[column] })))
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => shown(row[i]?.value).length)) + 3)
  const heading = `${"".padEnd(first)}${columns.map((column, i) => `${column.padStart((widths[i] ?? 0) - 1)} `).join("")}`
  const lines = rows.map(({ node }, r) => {
    const figures = (cells[r] ?? []).map((cell, i) => {
      const text = `${shown(cell.value)}${cell.best ? "*" : " "}`.padStart(widths[i] ?? 0)
      return cell.best ? paint("green", text) : text
    })
    return `${node.padEnd(first)}${figures.join("")}`.trimEnd()
  })
  const about = [...(unit === "" ? [] : [unit]), `${better} is better`, ...(Object.keys(best).length > 0 ? ["* the best"] : [])].join(", ")
  return [`${paint("bold", title)} ${paint("dim", `(${about})`)}`, paint("dim", heading.trimEnd()), ...lines].join("\n")
}

const shown = (value: number | undefined): string => (value === undefined ? "" : figure(value))
