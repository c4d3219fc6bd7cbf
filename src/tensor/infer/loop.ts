/** Shape and dtype rules: ops that run a program many times. */
import { equalShapes } from "../shape.ts"
import { operandNames, typeIn } from "../loop-body.ts"
import { showTyped, type Typed } from "../trace-error.ts"
import type { Rule, Rules } from "./rule.ts"
import type { LoopOps } from "../op/loop.ts"

const same = (a: Typed | undefined, b: Typed): boolean => a !== undefined && a.dtype === b.dtype && equalShapes(a.shape, b.shape)

const scan: Rule<LoopOps["scan"]> = (operands, attrs, need) => {
  const { body, carries, slices, length, result, index } = attrs
  need(Number.isSafeInteger(length) && length >= 1, `one iteration or more, not ${length}`)
  need(operands.length >= carries + slices, `${carries} carries and ${slices} stacked operands`)
  const names = operandNames(attrs, operands.length)
  need(Object.keys(body.inputs).length === names.length, `a body with the inputs ${names.join(", ")}`)
  names.forEach((name, i) => {
    const inside = typeIn(body, "inputs", name)
    need(inside !== undefined, `a body with an input ${name}`)
    if (inside === undefined) return
    const outside = i >= carries && i < carries + slices ? { dtype: inside.dtype, shape: [length, ...inside.shape] } : inside
    need(same(operands[i], outside), `${showTyped(outside)} for ${name}`)
    if (i < carries) need(same(typeIn(body, "outputs", name), inside), `a body that gives back ${name} as ${showTyped(inside)}`)
  })
  const found = typeIn(body, "outputs", `${result === "out" ? "out" : "carry"}${index}`)
  need(found !== undefined, `a result that the body has, not ${result} ${index}`)
  const { dtype, shape } = found ?? { dtype: "f32", shape: [] }
  return { dtype, shape: result === "final" ? shape : [length, ...shape] }
}

export const loopRules: Rules<LoopOps> = { scan }
