/**
 * Gradient checkpointing (Chen et al., "Training deep nets with sublinear memory cost", arXiv 1604.06174): memory for time. SPEC A7.
 */
import { must } from "../base/assert.ts"
import { apply, isOp } from "./apply.ts"
import { dependenciesFirst } from "./dependencies.ts"
import { stopGradient } from "./elementwise.ts"
import type { Expr, Exprs } from "./expr.ts"
import { substitute } from "./substitute.ts"

/**
 * The same values and gradients as `f`, but what lies between the arguments and the result is not kept for the backward pass: it is
 * computed again when the backward pass arrives. Costs one more forward pass of `f` and a copy of each argument; saves all
 * that `f` computes in between. Give activations as arguments and let `f` close over weights: what does not depend on an argument is
 * neither copied nor computed again, and has gradients as everywhere. Variables of `gradients` lie outside of `f`.
 */
export const checkpoint =
  (f: (at: Exprs) => Expr) =>
  (at: Exprs): Expr => {
    // Traced on stand-ins, so that no identity looks from the inside of `f` into what its arguments are made of.
    const names = Object.keys(at)
    const standIns = names.map((name) => stopGradient(must(at[name], name)))
    const y = f(Object.fromEntries(names.map((name, i) => [name, must(standIns[i], name)])))
    const [result] = substitute([y], new Map(standIns.map((x, i) => [x, must(at[names[i] as string], "argument")])))
    return recomputed(must(result, "result"), Object.values(at))
  }

/** `y`, marked: its gradient begins at `held`. */
export const recomputed = (y: Expr, held: readonly Expr[]): Expr => {
  const kept = new Set(held)
  const inside = new Set(held)
  const free = new Set<Expr>()
  for (const x of dependenciesFirst([y], (x) => kept.has(x))) {
    if (kept.has(x) || !x.args.some((arg) => inside.has(arg))) continue
    inside.add(x)
    for (const arg of x.args) if (!inside.has(arg) && arg.dtype === "f32" && !isOp(arg, "constant")) free.add(arg)
  }
  if (!inside.has(y) || kept.has(y) || y.dtype !== "f32") return y
  return apply("checkpoint", [y, ...kept, ...free], { held: kept.size })
}
