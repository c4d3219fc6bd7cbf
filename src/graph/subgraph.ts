/**
 * Sub-graphs: wiring with a name, params and typed ports, used as if it were a node. `use` expands one to the nodes it
 * adds, at paths `path/inner`; nothing of it is left in the graph, so its nodes have the keys they would have alone.
 * SPEC G7.
 */
import type { Params, ParamValues } from "../schema/param.ts"
import type { Builder } from "./builder.ts"
import type { Inputs } from "./signature.ts"
import type { Wires } from "./wiring.ts"

export interface Subgraph<P extends Params = Params, I extends Inputs = Inputs, H = unknown> {
  readonly params: P
  readonly inputs: I
  readonly build: (g: Builder, params: ParamValues<P>, inputs: Wires<I>) => H
}

/** `subgraph({ params, inputs }, (g, params, inputs) => outputs)`. What `build` gives back is what `use` gives back. */
export const subgraph = <const P extends Params, const I extends Inputs, H>(
  ports: { readonly params: P; readonly inputs: I },
  build: Subgraph<P, I, H>["build"],
): Subgraph<P, I, H> => ({ ...ports, build })
