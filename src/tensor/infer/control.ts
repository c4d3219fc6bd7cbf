/** Shape and dtype rules: ops that compute nothing and steer transformations. */
import { anyDtype, f32, two, typed, unary, type Rules } from "./rule.ts"
import { equalShapes } from "../shape.ts"
import type { Typed } from "../trace-error.ts"
import type { ControlOps } from "../op/control.ts"

export const controlRules: Rules<ControlOps> = {
  stop_gradient: unary(anyDtype),
  straight_through: two((value, through, _, need) => {
    typed(need, value, f32, "a value")
    need(value.dtype === through.dtype && equalShapes(value.shape, through.shape), "a value and what its gradient goes to, of one type")
    return { shape: value.shape, dtype: value.dtype }
  }),
  after: two(({ shape, dtype }) => ({ shape, dtype })),
  checkpoint: ([y, ...operands], { held }, need) => {
    need(y !== undefined && operands.length >= 1, "a result and what it is computed from")
    const { shape, dtype } = y as Typed
    typed(need, { shape, dtype }, f32, "a result")
    need(Number.isInteger(held) && held >= 1 && held <= operands.length, `1 to ${operands.length} held operands, not ${held}`)
    return { shape, dtype }
  },
}
