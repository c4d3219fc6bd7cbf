/**
 * What is calculated for one element, as a value: the formula of a method, which a kernel computes for all elements (`elements.ts`).
 * Operations are those of f64, each rounded as the language's own, so a kernel gives what the same formula in a loop gives.
 * A part that is the same object in two places is computed once.
 */
export type Element =
  /** The element of input number `input`. */
  | { readonly input: number }
  | { readonly number: number }
  | { readonly op: "add" | "sub" | "mul" | "div" | "min" | "max"; readonly of: readonly [Element, Element] }
  /** `near32`: rounded to f32. */
  | { readonly op: "abs" | "near32"; readonly of: readonly [Element] }
  | { readonly op: "where"; readonly test: Test; readonly of: readonly [Element, Element] }

export type Test =
  | { readonly op: "lt" | "le" | "gt" | "ge" | "eq" | "ne"; readonly of: readonly [Element, Element] }
  | { readonly op: "either"; readonly tests: readonly [Test, Test] }

const two = (op: "add" | "sub" | "mul" | "div" | "min" | "max") => (a: Element, b: Element): Element => ({ op, of: [a, b] })
const compare = (op: "lt" | "le" | "gt" | "ge" | "eq" | "ne") => (a: Element, b: Element): Test => ({ op, of: [a, b] })

export const element = {
  input: (input: number): Element => ({ input }),
  number: (number: number): Element => ({ number }),
  add: two("add"), sub: two("sub"), mul: two("mul"), div: two("div"), min: two("min"), max: two("max"),
  abs: (a: Element): Element => ({ op: "abs", of: [a] }),
  near32: (a: Element): Element => ({ op: "near32", of: [a] }),
  where: (test: Test, then: Element, otherwise: Element): Element => ({ op: "where", test, of: [then, otherwise] }),
  lt: compare("lt"), le: compare("le"), gt: compare("gt"), ge: compare("ge"), eq: compare("eq"), ne: compare("ne"),
  either: (a: Test, b: Test): Test => ({ op: "either", tests: [a, b] }),
}

/** A formula without its numbers: what a kernel is compiled for, and the numbers it is run with. */
export interface Shape {
  readonly key: string
  readonly numbers: readonly number[]
}

/** Parts of formulas, each once and before what it is a part of. */
export const partsOf = (formulas: readonly Element[]): readonly (Element | Test)[] => {
  const found = new Set<Element | Test>()
  const visit = (part: Element | Test): void => {
    if (found.has(part)) return
    if ("test" in part) visit(part.test)
    if ("tests" in part) part.tests.forEach(visit)
    if ("of" in part) part.of.forEach(visit)
    found.add(part)
  }
  formulas.forEach(visit)
  return [...found]
}

export const shapeOf = (formulas: readonly Element[]): Shape => {
  const parts = partsOf(formulas)
  const at = new Map(parts.map((part, i) => [part, i] as const))
  const numbers: number[] = []
  const text = parts.map((part) => {
    if ("input" in part) return `i${part.input}`
    if ("number" in part) return numbers.push(part.number), "n"
    const operands = [..."test" in part ? [part.test] : [], ..."tests" in part ? part.tests : [], ..."of" in part ? part.of : []]
    return `${part.op}(${operands.map((operand) => at.get(operand)).join(",")})`
  })
  return { key: `${text.join(";")}>${formulas.map((formula) => at.get(formula)).join(",")}`, numbers }
}

/** The value of a formula for one element, by the language's own arithmetic. */
export const evaluate = (formula: Element, input: (input: number) => number): number => {
  if ("input" in formula) return input(formula.input)
  if ("number" in formula) return formula.number
  const value = (part: Element): number => evaluate(part, input)
  if (formula.op === "where") return value(formula.of[holds(formula.test, value) ? 0 : 1])
  if (formula.op === "abs") return Math.abs(value(formula.of[0]))
  if (formula.op === "near32") return Math.fround(value(formula.of[0]))
  const [a, b] = formula.of.map(value) as [number, number]
  switch (formula.op) {
    case "add": return a + b
    case "sub": return a - b
    case "mul": return a * b
    case "div": return a / b
    case "min": return Math.min(a, b)
    case "max": return Math.max(a, b)
  }
}

const holds = (test: Test, value: (part: Element) => number): boolean => {
  if (test.op === "either") return holds(test.tests[0], value) || holds(test.tests[1], value)
  const [a, b] = [value(test.of[0]), value(test.of[1])]
  switch (test.op) {
    case "lt": return a < b
    case "le": return a <= b
    case "gt": return a > b
    case "ge": return a >= b
    case "eq": return a === b
    case "ne": return a !== b
  }
}
