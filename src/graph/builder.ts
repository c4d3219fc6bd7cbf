/**
 * The language of graph files: `graph(name, { params }, (g, params) => { g.add(path, kind, params, inputs) })`.
 * A wrong param or wire is a compile error in the editor; what types cannot see (ranges, overrides, cycles made by
 * hand) comes back as issues from `buildGraph` (build.ts). SPEC G3.
 */
import type { Json } from "../base/json.ts"
import type { Params, ParamValues } from "../schema/param.ts"
import type { Row } from "./cell.ts"
import type { Controls } from "./controls.ts"
import type { Inputs, Outputs, Signature } from "./signature.ts"
import type { Subgraph } from "./subgraph.ts"
import type { Handle, InputRest, ParamArgs } from "./wiring.ts"

export interface Builder {
  /**
   * Adds a node. `path` is its name for people, `--set` and events; `/` makes groups. Inside a sub-graph or a cell it
   * follows the path of that; in a cell, the empty path is the cell's own.
   */
  readonly add: <P extends Params, I extends Inputs, O extends Outputs>(
    path: string,
    kind: Signature<P, I, O>,
    params: ParamArgs<P>,
    ...inputs: InputRest<I, AddOptions>
  ) => Handle<O>
  /** Adds the nodes of a sub-graph, at paths `path/inner`; overrides of `path.param` set its params. SPEC G7. */
  readonly use: <P extends Params, I extends Inputs, H>(
    path: string,
    part: Subgraph<P, I, H>,
    params: Partial<ParamValues<P>>,
    ...inputs: InputRest<I, never>
  ) => H
  /** Wires `cell` once for each row, at paths `path[param=value]/inner`, and gives back what each gave. SPEC G8. */
  readonly map: <const R extends Row, H>(path: string, table: readonly R[], cell: (g: Builder, row: R, index: number) => H) => readonly H[]
}

export interface AddOptions extends Controls {
  /** Gives a node its own random stream; without one, equal nodes share one result. */
  readonly salt?: string
}

/** A graph file's default export: built anew for every set of overrides. */
export interface GraphFile {
  readonly name: string
  readonly params: Params
  readonly build: (g: Builder, params: { readonly [name: string]: Json }) => void
}

/** Defines a graph. `params` are params of the whole graph (how many stages, which languages), set by `--set stages=4`. */
export function graph(name: string, build: (g: Builder) => void): GraphFile
export function graph<P extends Params>(name: string, options: { readonly params: P }, build: (g: Builder, params: ParamValues<P>) => void): GraphFile
export function graph(
  name: string,
  options: { readonly params: Params } | ((g: Builder) => void),
  build?: (g: Builder, params: never) => void,
): GraphFile {
  return typeof options === "function"
    ? { name, params: {}, build: options }
    : { name, params: options.params, build: build as GraphFile["build"] }
}
