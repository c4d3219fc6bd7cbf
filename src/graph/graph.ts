/**
 * A graph as plain frozen data: nodes with decoded params, and the edges into each input. Built by `builder.ts`, checked
 * by `validate.ts`. It holds no values, no state and nothing that runs. SPEC G2.
 */
import type { Json } from "../base/json.ts"
import type { Controls } from "./controls.ts"
import type { Signature } from "./signature.ts"

/** An output port of a node. */
export interface Ref {
  readonly node: string
  readonly port: string
}

export interface Node<S extends Signature = Signature> {
  /** Unique within the graph; `/` makes groups: `expert/ru`; `[lr=0.1]` marks a cell. Not part of the key. */
  readonly path: string
  readonly kind: S
  /** Complete (defaults filled in) and valid. */
  readonly params: { readonly [name: string]: Json }
  /** Edges by input port; a `one` or `optional` port has at most one. */
  readonly inputs: { readonly [port: string]: readonly Ref[] }
  /** Params shown as controls, with the range the graph asks for. */
  readonly knobs: { readonly [param: string]: KnobRange }
  /** Mixed into the seed; equal nodes with equal salts share one result. Empty unless the graph gives one. */
  readonly salt: string
  /** Absent when there are none. */
  readonly controls?: Controls
}

export interface KnobRange {
  readonly min?: number
  readonly max?: number
  readonly step?: number
}

export interface Graph {
  readonly name: string
  readonly params: { readonly [name: string]: Json }
  /** In an order in which every node comes after those it reads from. */
  readonly nodes: ReadonlyMap<string, Node>
}

/** What can be wrong with a graph before anything runs. Text is made at the edge (`describe.ts`). */
export type GraphIssue =
  | { readonly _tag: "BadParam"; readonly node: string; readonly param: string; readonly expected: string; readonly got: string }
  | { readonly _tag: "BadGraphParam"; readonly param: string; readonly expected: string; readonly got: string }
  | { readonly _tag: "BadOverride"; readonly target: string; readonly expected: string }
  | { readonly _tag: "DuplicatePath"; readonly node: string }
  | { readonly _tag: "UnknownNode"; readonly node: string }
  | { readonly _tag: "BadPath"; readonly node: string; readonly expected: string }
  | { readonly _tag: "MissingInput"; readonly node: string; readonly port: string; readonly expected: string }
  | { readonly _tag: "UnknownInput"; readonly node: string; readonly port: string; readonly expected: string }
  | { readonly _tag: "BadEdge"; readonly node: string; readonly port: string; readonly expected: string; readonly got: string }
  | { readonly _tag: "BadControl"; readonly node: string; readonly control: string; readonly expected: string; readonly got: string }
  | { readonly _tag: "Cycle"; readonly nodes: readonly string[] }
  | { readonly _tag: "BuildFailed"; readonly message: string; readonly at?: string }
  | { readonly _tag: "UnknownKind"; readonly node: string; readonly expected: string; readonly got: string }
  | { readonly _tag: "BadJson"; readonly message: string }
