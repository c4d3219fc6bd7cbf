/**
 * A formula in f32: every number in it and every result of its operations is rounded to f32, as where arithmetic itself is f32 (two roundings
 * of a sum, product or quotient give what one does: f64 has more than twice the digits). What is only compared stays as it is. SPEC F4.
 */
import { element, type Element, type Test } from "./element.ts"

export const inF32 = (formula: Element): Element => {
  const made = new Map<Element | Test, Element | Test>()
  const once = <A extends Element | Test>(part: A, make: () => A): A => {
    const found = (made.get(part) as A | undefined) ?? make()
    made.set(part, found)
    return found
  }
  const value = (part: Element): Element =>
    once(part, () => {
      if ("number" in part) return element.number(Math.fround(part.number))
      if ("input" in part) return element.near32(part)
      if (part.op === "where") return { ...part, test: test(part.test), of: [value(part.of[0]), value(part.of[1])] }
      if (part.op === "abs") return element.abs(value(part.of[0]))
      if (part.op === "near32") return element.near32(value(part.of[0]))
      const [a, b] = part.of as readonly [Element, Element]
      const exact = element[part.op](value(a), value(b))
      return part.op === "min" || part.op === "max" ? exact : element.near32(exact)
    })
  const compared = (part: Element): Element => ("number" in part || "input" in part ? part : value(part))
  const test = (part: Test): Test =>
    once(part, () => (part.op === "either" ? { op: "either", tests: [test(part.tests[0]), test(part.tests[1])] } : { ...part, of: [compared(part.of[0]), compared(part.of[1])] }))
  return value(formula)
}
