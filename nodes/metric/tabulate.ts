/**
 * A table of metrics: one row for each cell of a table of params, as `map` wired them, with the params of the cell and
 * then the metric's values.
 */
import * as t from "io-ts"
import { defineKind, many, metricPort, NodeFailure, structured, tablePort, text, type Json } from "#src"

const Rows = t.readonlyArray(t.readonly(t.record(t.string, t.union([t.string, t.number, t.boolean]))))

export const tabulate = defineKind({
  id: "metric/tabulate",
  module: import.meta.url,
  title: "Table of metrics",
  params: {
    rows: structured(Rows as t.Type<readonly { readonly [param: string]: string | number | boolean }[] & Json>, { doc: "The table that was mapped over, in the order of the metrics", expected: "a list of records of texts, numbers and flags" }),
    title: text({ default: "Cells", doc: "Above the table" }),
  },
  inputs: { metrics: many(metricPort) },
  outputs: { table: tablePort },
  cores: 0,
  run: ({ metrics }, { rows, title }) => {
    if (rows.length !== metrics.length) throw new NodeFailure(`expected one row for each of the ${metrics.length} metrics, got ${rows.length} rows`, { param: "rows" })
    const names = [...new Set(rows.flatMap(Object.keys))]
    const values = [...new Set(metrics.flatMap((metric) => Object.keys(metric.values)))]
    const shown = (value: string | number | boolean | undefined): string | number => (typeof value === "number" ? value : String(value ?? ""))
    return {
      table: {
        title,
        columns: [...names, ...values],
        rows: rows.map((row, i) => [...names.map((name) => shown(row[name])), ...values.map((name) => shown(metrics[i]?.values[name]))]),
      },
    }
  },
})
