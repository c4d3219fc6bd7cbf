/** Small applications: ops that compute nothing and steer transformations. */
import * as e from "../../../../src/tensor/elementwise.ts"
import type { ControlOps } from "../../../../src/tensor/op/control.ts"
import { u, type CaseTable } from "./case.ts"

export const controlCases: CaseTable<ControlOps> = {
  stop_gradient: [[[u(3)], (a) => e.add(e.mul(a, 2), e.sub(e.stopGradient(a), e.stopGradient(a)))]],
  straight_through: [[[u(3)], (a) => e.mul(e.straightThrough(e.mul(a, 2), e.mul(a, 2)), a)]],
}
