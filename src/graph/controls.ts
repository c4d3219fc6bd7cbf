/**
 * Controls: what a person did to a node besides wiring it, as data on the node, so that each is an edit like any other.
 * None is part of a key: a control decides whether a node runs, never what comes out of it. SPEC G9.
 */
import * as t from "io-ts"
import { equalJson, type Json } from "../base/json.ts"
import type { GraphIssue, Node } from "./graph.ts"

const OutputInfo = t.type({ hash: t.string, bytes: t.number })
const Pin = t.partial({ reason: t.string, outputs: t.record(t.string, OutputInfo) })
export const ControlsJson = t.partial({
  disabled: t.literal(true),
  pin: Pin,
  bypass: t.literal(true),
  gate: t.keyof({ closed: null, open: null }),
  force: t.string,
})

/** When several are given, the first of this order counts; `force` waits until it is its turn. */
export interface Controls {
  /** Off, with what depends on it: lists of edges go on without it. */
  readonly disabled?: true
  /** The output stays what it is, whatever the key becomes, or these contents; nothing upstream runs for it. */
  readonly pin?: { readonly reason?: string; readonly outputs?: { readonly [port: string]: { readonly hash: string; readonly bytes: number } } }
  /** Outputs are inputs, as the kind's `passes` says; the node does not run. */
  readonly bypass?: true
  /** `closed`: the node waits, and what depends on it. */
  readonly gate?: "closed" | "open"
  /** Run once in spite of a hit, for each text that was not here before; the contents are compared. */
  readonly force?: string
}

/** Controls to set; undefined takes one away. */
export type ControlChange = { readonly [K in keyof Controls]?: Controls[K] | undefined }

export const equalControls = (a: Controls | undefined, b: Controls | undefined): boolean =>
  a === b || equalJson((a ?? {}) as Json, (b ?? {}) as Json)

/** The node under other controls; those that are undefined are taken away. */
export const withControls = (node: Node, change: ControlChange): Node => {
  const { controls: old, ...rest } = node
  const controls = Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== undefined)) as Controls
  return Object.keys(controls).length === 0 ? rest : { ...rest, controls }
}

/** What does not fit the kind: outputs that are not there, a bypass that nothing passes through. */
export const controlIssues = ({ path, kind, controls }: Node): readonly GraphIssue[] => {
  const issues: GraphIssue[] = []
  const outputs = Object.keys(kind.outputs)
  const pinned = controls?.pin?.outputs
  if (pinned !== undefined && (outputs.some((port) => !(port in pinned)) || Object.keys(pinned).length > outputs.length)) {
    issues.push({ _tag: "BadControl", node: path, control: "pin", expected: `contents for the outputs ${outputs.join(", ")}`, got: Object.keys(pinned).join(", ") || "none" })
  }
  if (controls?.bypass === true && kind.passes === undefined) {
    issues.push({ _tag: "BadControl", node: path, control: "bypass", expected: "a kind that says which input passes to which output", got: kind.id })
  }
  return issues
}
