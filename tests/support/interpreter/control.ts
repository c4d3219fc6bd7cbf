/** Evaluation in float64: ops that compute nothing and steer transformations. */
import type { ControlOps } from "../../../src/tensor/op/control.ts"
import type { Rows } from "./wide.ts"

export const controlRows: Rows<ControlOps> = {
  stop_gradient: ({ x }) => x,
  straight_through: ({ x }) => x,
  after: ({ x }) => x,
  checkpoint: ({ x }) => x,
}
