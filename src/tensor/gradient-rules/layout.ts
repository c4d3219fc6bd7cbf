/** Gradient rules: ops that move or repeat elements. */
import { full, ranked, reshaped, unstretched } from "../cotangent.ts"
import type { Expr } from "../expr.ts"
import { pad, reshape, slice, transpose } from "../reshape.ts"
import { withAxis } from "../shape.ts"
import type { Rule, Rules } from "./rule.ts"
import type { LayoutOps } from "../op/layout.ts"

const concatRule: Rule<"concat"> = ({ args, y, dy, attrs: { axis } }) => {
  const wide = ranked(dy, y.shape.length)
  let start = 0
  return args.map((part) => {
    const from = start
    start += part.shape[axis] as number
    return wide.shape[axis] === 1 && y.shape[axis] !== 1 ? wide : slice(wide, { axis, start: from, end: start })
  })
}

/** Elements `step` apart, zeros between them: the adjoint of taking every `step`-th. */
const spread = (x: Expr, axis: number, step: number): Expr => {
  if (step === 1) return x
  const lanes = reshape(x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)])
  const high = lanes.shape.map((_, i) => (i === axis + 1 ? step - 1 : 0))
  return reshape(
    pad(
      lanes,
      high.map(() => 0),
      high,
    ),
    withAxis(x.shape, axis, (x.shape[axis] as number) * step),
  )
}

const sliceRule: Rule<"slice"> = ({ a, y, dy, attrs: { starts, steps } }) => {
  const wide = a.shape.reduce((x, _, axis) => spread(x, axis, steps[axis] as number), full(dy, y.shape))
  // Spreading leaves up to step - 1 zeros behind the last element, which may reach past the end.
  const within = slice(
    wide,
    ...a.shape.map((extent, axis) => ({ axis, end: Math.min(wide.shape[axis] as number, extent - (starts[axis] as number)) })),
  )
  return [
    pad(
      within,
      starts,
      within.shape.map((extent, axis) => (a.shape[axis] as number) - (starts[axis] as number) - extent),
    ),
  ]
}

const padRule: Rule<"pad"> = ({ a, y, dy, attrs: { low } }) => {
  const wide = ranked(dy, y.shape.length)
  const cuts = a.shape.flatMap((extent, axis) => {
    const start = low[axis] as number
    return wide.shape[axis] === y.shape[axis] ? [{ axis, start, end: start + extent }] : []
  })
  return [slice(wide, ...cuts)]
}

const inverse = (permutation: readonly number[]): readonly number[] => permutation.map((_, axis) => permutation.indexOf(axis))

export const layoutRules: Rules<LayoutOps> = {
  reshape: ({ a, y, dy }) => [reshaped(dy, y.shape, a.shape)],
  transpose: ({ y, dy, attrs: { permutation } }) => [transpose(ranked(dy, y.shape.length), inverse(permutation))],
  broadcast: ({ a, y, dy }) => [unstretched(dy, y.shape, a.shape)],
  slice: sliceRule,
  pad: padRule,
  concat: concatRule,
}
