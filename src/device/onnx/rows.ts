/** The whole lowering table: one row per op. A row that is missing does not compile. SPEC D5. */
import type { OpName } from "../../tensor/op.ts"
import { contractionRows } from "./contraction.ts"
import { convolutionRows } from "./convolution.ts"
import { elementwiseRows } from "./elementwise.ts"
import { layoutRows } from "./layout.ts"
import { randomRows } from "./random.ts"
import type { Rows } from "./row.ts"
import { windowRows } from "./window.ts"

/** Every op but `input`, which is an argument of the graph and not a node, and `scan`, several of which are one node (`loop.ts`). */
export const rows: Rows<Exclude<OpName, "input" | "scan">> = { ...elementwiseRows, ...contractionRows, ...convolutionRows, ...windowRows, ...layoutRows, ...randomRows }
