/**
 * Derivatives of functions over named tensors: `grad`, `valueAndGrad`, `vjp`, `jvp`, `hvp`. All come from the one table of
 * gradient rules; a function may close over other expressions, which count as constants. SPEC A1, A4.
 *
 * Each argument is a variable of its own: give inputs, or expressions that do not depend on each other.
 */
import { must } from "../base/assert.ts"
import { stopGradient } from "./elementwise.ts"
import type { Expr, Exprs } from "./expr.ts"
import { gradients, pullback } from "./gradient.ts"
import { broadcastTo } from "./reshape.ts"
import { equalShapes } from "./shape.ts"
import { constant } from "./source.ts"
import { TraceError } from "./trace-error.ts"

/** From named tensors to a loss, f32 of one element. */
export type Loss = (at: Exprs) => Expr

/** The gradient of `f`: a function from arguments to d f / d argument, under the same names. Arguments are f32. */
export const grad =
  (f: Loss) =>
  (at: Exprs): Exprs =>
    valueAndGrad(f)(at).gradients

/** The value of `f` beside its gradient; what both need is computed once. */
export const valueAndGrad =
  (f: Loss) =>
  (at: Exprs): { readonly value: Expr; readonly gradients: Exprs } => {
    const value = f(at)
    return { value, gradients: named(at, gradients(value, Object.values(at))) }
  }

/**
 * Vector-Jacobian product: the outputs of `f`, f32 of any shape, and the linear map from their cotangents (of the same names and
 * shapes; one that is not given counts as zero) to those of the arguments.
 */
export const vjp = (f: (at: Exprs) => Exprs, at: Exprs): { readonly value: Exprs; readonly pullback: (cotangents: Exprs) => Exprs } => {
  const value = f(at)
  return {
    value,
    pullback: (cotangents) => {
      const arriving = Object.entries(cotangents).map(([name, dy]) => [output(value, name), dy] as const)
      return named(at, pullback(arriving, Object.values(at)))
    },
  }
}

/**
 * Jacobian-vector product: the outputs of `f`, and how they change along `tangents` (names and shapes of arguments; one that is
 * not given counts as zero).
 */
export const jvp = (f: (at: Exprs) => Exprs, at: Exprs, tangents: Exprs): { readonly value: Exprs; readonly tangent: Exprs } => {
  const value = f(at)
  const moving = Object.entries(tangents).map(([name, tangent]) => [output(at, name), tangent] as const)
  return { value, tangent: named(value, pushforward(Object.values(value), moving)) }
}

/**
 * How `results` change when each variable moves along its tangent. The transpose of the transpose: a pullback is linear in the
 * cotangent that arrives, so pulling the tangents back through the pullback gives the pushforward, in as many ops as a rule table of
 * its own would take, since what only the first pullback needed is never traced into a program. (Townsend, "A new trick for
 * calculating Jacobian vector products", 2017.)
 */
export const pushforward = (results: readonly Expr[], moving: readonly (readonly [variable: Expr, tangent: Expr])[]): readonly Expr[] => {
  for (const [x, t] of moving) {
    if (x.dtype !== "f32" || t.dtype !== "f32" || !equalShapes(x.shape, t.shape)) throw new TraceError("pushforward", [x, t], "a variable of f32 and a tangent of its shape")
  }
  const floats = results.filter(({ dtype }) => dtype === "f32")
  const cotangents = floats.map(unknown)
  const back = pullback(
    floats.map((y, i) => [y, must(cotangents[i], "cotangent")]),
    moving.map(([x]) => x),
  )
  const tangents = pullback(
    back.map((dx, i) => [dx, must(moving[i], "variable")[1]]),
    cotangents,
  )
  return results.map((y) => tangents[floats.indexOf(y)] ?? broadcastTo(constant(0), y.shape))
}

/**
 * Hessian-vector product: the gradient of the loss `f`, and how it changes along `direction` (names and shapes of arguments; one
 * that is not given counts as zero).
 */
export const hvp = (f: Loss, at: Exprs, direction: Exprs): { readonly gradients: Exprs; readonly product: Exprs } => {
  const { value, tangent } = jvp(grad(f), at, direction)
  return { gradients: value, product: tangent }
}

/** A cotangent that is not known yet. It stands at 0, where a linear map has the slope it has everywhere. */
const unknown = ({ shape }: Expr): Expr => stopGradient(broadcastTo(constant(0), shape))

const named = (names: Exprs, values: readonly Expr[]): Exprs =>
  Object.fromEntries(Object.keys(names).map((name, i) => [name, must(values[i], name)]))

const output = (all: Exprs, name: string): Expr => {
  const found = all[name]
  if (found === undefined) throw new TraceError("derivative", Object.values(all), `one of the names ${Object.keys(all).join(", ")}, not ${name}`)
  return found
}
