/**
 * Paths of cells: `train[lr=0.1,width=64]` is the place of `train` for one row of a table of params. The same row gives
 * the same path whatever else is in the table. SPEC G8.
 */
import { canonical, type Json } from "../base/json.ts"

/** A row of a table of params. */
export type Row = { readonly [param: string]: Json }

// Slashes, brackets, commas and the like would be read as parts of the path.
const escaped = (text: string): string => text.replace(/[^\p{L}\p{N}_.+-]+/gu, encodeURIComponent)
const shown = (value: Json): string => escaped(typeof value === "string" ? value : canonical(value))

/** `path` for `row`; a path that is a cell already takes the row in addition. */
export const cellPath = (path: string, row: Row): string => {
  const label = Object.entries(row).map(([param, value]) => `${escaped(param)}=${shown(value)}`).join(",")
  return path.endsWith("]") ? `${path.slice(0, -1)},${label}]` : `${path}[${label}]`
}

/** A path without its cells, and the values of those as texts: `a[lr=0.1]/b` is `a/b` and `{ lr: "0.1" }`. */
export const splitCell = (path: string): { readonly path: string; readonly cell: { readonly [param: string]: string } } => {
  const labels = [...path.matchAll(/\[([^\]]*)\]/g)].flatMap(([, label = ""]) => label.split(","))
  const entries = labels.map((label) => label.split("=").map(decodeURIComponent) as [string, string])
  return { path: path.replace(/\[[^\]]*\]/g, ""), cell: Object.fromEntries(entries) }
}
