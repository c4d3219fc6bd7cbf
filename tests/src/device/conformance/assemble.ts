/** Many cases of many ops as one program with one output a case, so that a device that compiles slowly compiles once. */
import type { NdArray, Tensors } from "../../../../src/base/ndarray.ts"
import { random } from "../../../../src/base/random.ts"
import { apply } from "../../../../src/tensor/apply.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { makeProgram } from "../../../../src/tensor/make-program.ts"
import type { OpAttrs, OpName } from "../../../../src/tensor/op.ts"
import type { Program } from "../../../../src/tensor/program.ts"
import { input } from "../../../../src/tensor/source.ts"
import { showTyped } from "../../../../src/tensor/trace-error.ts"
import type { Case, Cases } from "./case.ts"

type TracedOp = Exclude<OpName, "input">

/** A program, arguments for it, and what its outputs are in words. */
export interface Assembled {
  readonly program: Program
  readonly inputs: Tensors
  /** Output name -> `op f32[3, 5] {attrs}`. */
  readonly labels: { readonly [output: string]: string }
}

type AnyCases = Cases<OpAttrs[OpName]>

/** A case in words: `op(f32[3, 5]) {attrs}`. */
export const label = (op: string, { attrs, args }: Case<OpAttrs[OpName]>): string =>
  `${op}(${args.map(showTyped).join(", ")}) ${op === "constant" ? "" : shortened(JSON.stringify(attrs))}`

/** A loop's attributes have a whole program in them. */
const shortened = (text: string): string => (text.length <= 300 ? text : `${text.slice(0, 150)} … ${text.slice(-150)}`)

export const assemble = (table: { readonly [op: string]: AnyCases }): Assembled => {
  const declared: Expr[] = []
  const inputs: Record<string, NdArray> = {}
  const outputs: Record<string, Expr> = {}
  const labels: Record<string, string> = {}
  for (const [op, cases] of Object.entries(table)) {
    cases(random(op)).forEach((one, i) => {
      const args = one.args.map((array, j) => {
        const name = `${op}/${i}/${j}`
        inputs[name] = array
        const argument = input(name, array.shape, array.dtype)
        declared.push(argument)
        return argument
      })
      const output = `${op}/${i}`
      outputs[output] = op === "input" ? args[0]! : apply(op as TracedOp, args, one.attrs as OpAttrs[TracedOp])
      labels[output] = label(op, one)
    })
  }
  return { program: makeProgram({ inputs: declared, outputs }), inputs, labels }
}

/** The op whose case an output is. */
export const opOf = (output: string): OpName => output.slice(0, output.indexOf("/")) as OpName
