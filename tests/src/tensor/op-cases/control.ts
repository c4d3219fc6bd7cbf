/** Small applications: ops that compute nothing and steer transformations. */
import * as e from "../../../../src/tensor/elementwise.ts"
import type { ControlOps } from "../../../../src/tensor/op/control.ts"
import { u, type CaseTable } from "./case.ts"

export const controlCases: CaseTable<ControlOps> = {
  stop_gradient: [[[u(3)], (a) => e.add(e.mul(a, 2), e.sub(e.stopGradient(a), e.stopGradient(a)))]],
}
