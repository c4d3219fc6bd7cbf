/** The instructions that compute formulas for two elements at a time, in f64. SPEC F5. */
import { f32x4, f64x2, get, set, v128, type Code } from "./assembler.ts"
import { partsOf, type Element, type Test } from "./element.ts"
import { pairOf, type InputFormat } from "./float-format.ts"

export interface FormulaPlaces {
  readonly inputs: readonly InputFormat[]
  readonly pointer: (input: number) => number
  readonly decoded: (input: number) => readonly [number, number]
  /** Local of the `i`-th number of the formulas, in both lanes. */
  readonly number: (i: number) => number
  /** Locals for parts, as many as `partLocals` says. */
  readonly part: (i: number) => number
}

/** How many locals the parts of formulas take: one for each that is needed more than once. */
export const partLocals = (formulas: readonly Element[]): number => sharedParts(formulas).length

const operandsOf = (part: Element | Test): readonly (Element | Test)[] => ["test" in part ? [part.test] : [], "tests" in part ? part.tests : [], "of" in part ? part.of : []].flat()

const sharedParts = (formulas: readonly Element[]): readonly (Element | Test)[] => {
  const uses = new Map<Element | Test, number>()
  for (const part of [...partsOf(formulas).flatMap(operandsOf), ...formulas]) uses.set(part, (uses.get(part) ?? 0) + 1)
  return partsOf(formulas).filter((part) => !("number" in part) && (uses.get(part) ?? 0) > 1)
}

/** Sets the shared parts, then gives the code of each formula. */
export const formulaCode = (formulas: readonly Element[], places: FormulaPlaces, half: number, pair: number): { readonly shared: Code; readonly formulas: readonly Code[] } => {
  const numbers = new Map<Element | Test, number>(partsOf(formulas).filter((part) => "number" in part).map((part, i) => [part, places.number(i)] as const))
  const held = new Map(sharedParts(formulas).map((part, i) => [part, places.part(i)] as const))
  const use = (part: Element | Test): Code => {
    const local = held.get(part) ?? numbers.get(part)
    return local === undefined ? compute(part) : get(local)
  }
  const compute = (part: Element | Test): Code => {
    if ("input" in part) return pairOf(places.inputs[part.input] as InputFormat, places.pointer(part.input), places.decoded(part.input), half, pair)
    if ("number" in part) return use(part)
    if (part.op === "where") return v128.bitselect(use(part.of[0]), use(part.of[1]), use(part.test))
    if (part.op === "either") return v128.or(use(part.tests[0]), use(part.tests[1]))
    if (part.op === "near32") return f64x2.promoteLow(f32x4.demote(use(part.of[0])))
    return f64x2[part.op](...part.of.map(use))
  }
  return { shared: [...held].flatMap(([part, local]) => set(local, compute(part))), formulas: formulas.map(use) }
}
