/** Generated cases: ops that compute nothing and steer transformations. */
import type { ControlOps } from "../../../../src/tensor/op/control.ts"
import { floats } from "../conformance/values.ts"
import { anyDtype, type GeneratedTable, movable, row, shape } from "./arbitrary.ts"

export const control: GeneratedTable<ControlOps> = {
  stop_gradient: row({ shape: shape(), dtype: anyDtype }, ({ shape, dtype }, random) => ({ attrs: {}, args: [movable(random, shape, dtype)] })),
  straight_through: row({ shape: shape() }, ({ shape }, random) => ({
    attrs: {},
    args: [floats(random.fork("value"), shape), floats(random.fork("through"), shape)],
  })),
  after: row({ shape: shape(), dtype: anyDtype, token: shape() }, ({ shape, dtype, token }, random) => ({
    attrs: {},
    args: [movable(random, shape, dtype), movable(random, token, "f32")],
  })),
  checkpoint: row({ shape: shape(), dtype: anyDtype }, ({ shape, dtype }, random) => ({
    attrs: { held: 1 },
    args: [movable(random, shape, "f32"), movable(random, shape, dtype)],
  })),
}
