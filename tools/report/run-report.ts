/** What a report shows, as plain data: a settled graph, how each node ended, and the values that can be drawn. */
import type { Outcome } from "../../src/engine/event.ts"
import type { Graph } from "../../src/graph/graph.ts"
import type { SweepCell } from "../../src/graph/sweep.ts"
import type { Curve, Matrix, Metric, Picture, Samples, Table, Verdict } from "../../src/schema/views.ts"
import type { TensorsValue } from "../../src/schema/port.ts"

/** The values behind every view that can be drawn. */
export interface Views {
  readonly curve: Curve
  readonly metric: Metric
  readonly sample: Samples
  readonly picture: TensorsValue<Picture["meta"]>
  readonly table: Table
  readonly matrix: Matrix
  readonly verdict: Verdict
}

/** An output that can be drawn: the port's view with its value. */
export type Drawable = { readonly [V in keyof Views]: { readonly view: V; readonly value: Views[V] } }[keyof Views]

export interface NodeReport {
  readonly path: string
  /** Of the kind. */
  readonly id: string
  readonly state: Outcome["state"] | "unneeded"
  /** Why it ran, or what went wrong. */
  readonly why: string
  readonly ms: number
  /** Absent when it never came to having one. */
  readonly key?: string
  readonly drawables: readonly Drawable[]
}

export interface RunReport {
  readonly graph: Graph
  /** In the graph's order. */
  readonly nodes: readonly NodeReport[]
  /** Facts of the run for people: device, seed, durations, versions. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** Of a sweep. */
  readonly cells?: readonly SweepCell[]
}

/** Values of one view over all nodes, in order. */
export const drawn = <V extends keyof Views>(report: RunReport, view: V): readonly { readonly node: NodeReport; readonly value: Views[V] }[] =>
  report.nodes.flatMap((node) => node.drawables.flatMap((item) => (item.view === view ? [{ node, value: item.value as Views[V] }] : [])))
