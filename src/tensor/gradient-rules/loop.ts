/**
 * Gradient rules: ops that run a program many times. The gradient of a loop is a loop the other way round: each iteration computes
 * the body again from the carries and slices it had, and pulls back through it the cotangents of what it gave. Kept are
 * the carries alone.
 */
import { must } from "../../base/assert.ts"
import { full } from "../cotangent.ts"
import { add } from "../elementwise.ts"
import type { Expr } from "../expr.ts"
import { inline } from "../inline.ts"
import { loopResult } from "../loop.ts"
import { operandNames } from "../loop-body.ts"
import { makeProgram } from "../make-program.ts"
import type { Loop, LoopOps } from "../op/loop.ts"
import { broadcastTo } from "../reshape.ts"
import { constant, input } from "../source.ts"
import type { Rule, Rules } from "./rule.ts"

const zerosLike = ({ shape }: Pick<Expr, "shape">): Expr => broadcastTo(constant(0), shape)

/** Operands of a loop as they are named, and the inputs of its body that stand for them. */
class Operands {
  readonly carries: Expr[] = []
  readonly slices: Expr[] = []
  readonly constants: Expr[] = []
  readonly inputs: Expr[] = []

  carry(x: Expr): Expr {
    return this.#input(`carry${this.carries.push(x) - 1}`, x)
  }
  slice(x: Expr): Expr {
    return this.#input(`slice${this.slices.push(x) - 1}`, { ...x, shape: x.shape.slice(1) })
  }
  constant(x: Expr): Expr {
    return this.#input(`constant${this.constants.push(x) - 1}`, x)
  }
  get all(): readonly Expr[] {
    return [...this.carries, ...this.slices, ...this.constants]
  }

  #input(name: string, { shape, dtype }: Expr): Expr {
    const x = input(name, shape, dtype)
    this.inputs.push(x)
    return x
  }
}

/** What arrives at each result, by name. One result may be several expressions: those of the loop as it was traced, and those of its gradient. */
const summed = (arriving: Parameters<Rule<"scan">>[0]["arriving"]): ReadonlyMap<string, Expr> => {
  const sums = new Map<string, Expr>()
  for (const [y, dy] of arriving) {
    const name = `${y.attrs.result}${y.attrs.index}`
    const sofar = sums.get(name)
    sums.set(name, sofar === undefined ? full(dy, y.shape) : add(sofar, dy))
  }
  return sums
}

const scan: Rule<"scan"> = ({ args, attrs, arriving, pullback }) => {
  const { body, carries, slices, length, reverse } = attrs
  const arrived = summed(arriving)
  const operands = new Operands()
  const forward = args.map((x, i) => {
    if (i < carries) return operands.slice(loopResult(attrs, args, "entering", i))
    return i < carries + slices ? operands.slice(x) : operands.constant(x)
  })
  const names = operandNames(attrs, args.length)
  const results = inline(body, Object.fromEntries(names.map((name, i) => [name, must(forward[i], name)])))

  // What arrives inside: at the carries what later iterations ask for, at the outputs their slice of what arrives outside.
  const inside: (readonly [Expr, Expr])[] = []
  const floats = forward.flatMap((x, i) => (x.dtype === "f32" ? [i] : []))
  for (const i of floats.filter((position) => position < carries)) {
    const start = must(args[i], "carry")
    inside.push([must(results[`carry${i}`], "carry"), operands.carry(arrived.get(`final${i}`) ?? zerosLike(start))])
  }
  for (const [name, dy] of arrived) if (name.startsWith("out")) inside.push([must(results[name], "output"), operands.slice(dy)])
  const found = pullback(inside, floats.map((i) => must(forward[i], "operand")))

  const outputs: Record<string, Expr> = {}
  const where: [LoopOps["scan"]["result"], number][] = []
  let [nextCarry, nextOut] = [0, 0]
  floats.forEach((i, k) => {
    const d = must(found[k], "cotangent")
    if (i >= carries && i < carries + slices) {
      where.push(["out", nextOut])
      outputs[`out${nextOut++}`] = d
      return
    }
    const also = i < carries ? arrived.get(`entering${i}`) : undefined
    const sofar = i < carries ? also && operands.slice(also) : operands.carry(zerosLike(d))
    where.push(["final", nextCarry])
    outputs[`carry${nextCarry++}`] = sofar === undefined ? d : add(d, sofar)
  })
  const back: Loop = {
    body: makeProgram({ inputs: operands.inputs, outputs }),
    carries: operands.carries.length,
    slices: operands.slices.length,
    length,
    reverse: !reverse,
  }
  return args.map((_, i) => {
    const [result, index] = where[floats.indexOf(i)] ?? []
    return result === undefined || index === undefined ? undefined : loopResult(back, operands.all, result, index)
  })
}

export const loopRules: Rules<LoopOps> = { scan }
