/**
 * Traces a function into a program: the usual way to make one.
 */
import type { Dtype, Shape } from "../base/ndarray.ts"
import type { Expr, Exprs } from "./expr.ts"
import { makeProgram } from "./make-program.ts"
import type { Program } from "./program.ts"
import { input } from "./source.ts"

/** The type of an input; f32 unless said otherwise. */
export interface InputSpec {
  readonly shape: Shape
  readonly dtype?: Dtype
}

/** Input expressions of the given types, under their own names. */
export const inputsOf = <Name extends string>(specs: Readonly<Record<Name, InputSpec>>): Readonly<Record<Name, Expr>> =>
  Object.fromEntries(Object.entries<InputSpec>(specs).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)])) as Record<
    Name,
    Expr
  >

/** The program of `f`, which gets one expression an input and gives back the named outputs. Every input is kept. */
export const trace = <Name extends string>(
  specs: Readonly<Record<Name, InputSpec>>,
  f: (x: Readonly<Record<Name, Expr>>) => Exprs,
): Program => {
  const inputs = inputsOf(specs)
  return makeProgram({ inputs: Object.values<Expr>(inputs), outputs: f(inputs) })
}
