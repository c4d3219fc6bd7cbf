/**
 * What one page looks at: its own, not the experiment's. All of it is in the address after the `#`, so that reloading
 * comes back to it and the address is a permalink to the view.
 */
import type { Moment } from "../../protocol/question.ts"

export interface Ref {
  readonly node: string
  readonly port: string
}

export const tabs = ["result", "params", "data", "why", "log"] as const
export type Tab = (typeof tabs)[number]

export interface View {
  /** A node's path, a closed group's, or an edge, `node.port>node.port`; undefined: the overview. */
  readonly selected: string | undefined
  readonly tab: Tab
  /** Groups that are shown as one box. */
  readonly closed: ReadonlySet<string>
  /** Where the canvas is; undefined: all of the graph. */
  readonly at: { readonly x: number; readonly y: number; readonly zoom: number } | undefined
  readonly compare: { readonly a: Moment; readonly b: Moment } | undefined
}

export const firstView: View = { selected: undefined, tab: "result", closed: new Set(), at: undefined, compare: undefined }

/** The view as text, without the `#`; what is as in `firstView` is left out. */
export const writeView = ({ selected, tab, closed, at, compare }: View): string => {
  const words = new URLSearchParams()
  if (selected !== undefined) words.set("node", selected)
  if (selected !== undefined && tab !== "result") words.set("tab", tab)
  if (closed.size > 0) words.set("closed", [...closed].join(" "))
  if (at !== undefined) words.set("at", [at.x.toFixed(0), at.y.toFixed(0), at.zoom.toFixed(3)].join(" "))
  if (compare !== undefined) words.set("compare", `${writeMoment(compare.a)} ${writeMoment(compare.b)}`)
  return words.toString()
}

/** The view a text describes; what it does not say, or says wrongly, is as in `firstView`. */
export const readView = (text: string): View => {
  const words = new URLSearchParams(text.replace(/^#/, ""))
  const tab = tabs.find((name) => name === words.get("tab")) ?? firstView.tab
  const at = (words.get("at") ?? "").split(" ").map(Number)
  const [a, b] = (words.get("compare") ?? "").split(" ").map(readMoment)
  return {
    selected: words.get("node") ?? undefined,
    tab,
    closed: new Set((words.get("closed") ?? "").split(" ").filter((path) => path !== "")),
    at: at.length === 3 && at.every(Number.isFinite) && (at[2] as number) > 0 ? { x: at[0] as number, y: at[1] as number, zoom: at[2] as number } : undefined,
    compare: a === undefined || b === undefined ? undefined : { a, b },
  }
}

export const writeMoment = (moment: Moment): string => {
  switch (moment._tag) {
    case "revision":
      return `r${moment.revision}`
    case "run":
      return `run:${encodeURIComponent(moment.id)}`
    default:
      return moment._tag
  }
}

export const readMoment = (text: string): Moment | undefined => {
  if (text === "now" || text === "file") return { _tag: text }
  if (/^r\d+$/.test(text)) return { _tag: "revision", revision: Number(text.slice(1)) }
  return text.startsWith("run:") ? { _tag: "run", id: decodeURIComponent(text.slice(4)) } : undefined
}

/** Edges are selected like nodes, by a text that no path can be: paths hold no `>`. */
export const edgeName = (from: Ref, to: Ref): string => `${from.node}.${from.port}>${to.node}.${to.port}`

export const readEdge = (name: string): { readonly from: Ref; readonly to: Ref } | undefined => {
  const [from, to, ...more] = name.split(">").map(readRef)
  return from === undefined || to === undefined || more.length > 0 ? undefined : { from, to }
}

/** A port holds no dot. */
const readRef = (text: string): Ref | undefined => {
  const dot = text.lastIndexOf(".")
  return dot < 0 ? undefined : { node: text.slice(0, dot), port: text.slice(dot + 1) }
}
