/** What formulas of a method need of a tensor, numbered in the order in which they ask for it; what they do not ask for is not read. */
import { must, element, type Element } from "#src"
import type { Combination, Leaves } from "../method/method.ts"
import { sumOver, type SumTree } from "../method/sum-tree.ts"
import type { PlannedModel, Source } from "./merge-plan.ts"

export type Input = { readonly _tag: "source"; readonly source: Source } | { readonly _tag: "words"; readonly label: string }

export interface Formulas {
  readonly formulas: readonly Element[]
  readonly inputs: readonly Input[]
}

/** `make` is given the parts. `models` are in the order in which the method is given them. */
export const withInputs = (models: readonly PlannedModel[], base: Source | undefined, tree: SumTree, make: (of: Leaves) => readonly Element[]): Formulas => {
  const inputs: Input[] = []
  const leaves = new Map<string, Element>()
  const leaf = (name: string, input: () => Input): Element => {
    const found = leaves.get(name) ?? element.input(inputs.push(input()) - 1)
    leaves.set(name, found)
    return found
  }
  const read = (name: string, source: Source | undefined): Element => leaf(name, () => ({ _tag: "source", source: must(source, name) }))
  const formulas = make({
    value: (i) => read(`value ${i}`, models[i]?.source),
    companion: (i, name) => read(`companion ${i} ${name}`, models[i]?.companions[name]),
    get base() {
      return base === undefined ? undefined : read("base", base)
    },
    word: (label) => leaf(`word ${label}`, () => ({ _tag: "words", label })),
    total: (term) => must(sumOver(tree, term, (a, b) => a.map((part, k) => element.add(part, must(b[k], "sum")))), "models"),
  })
  return { formulas, inputs }
}

/** The formula of a combination: the terms that count, in the tree's order, then the base, one division, the offset. SPEC M3, M4. */
export const linearFormula = ({ models, base, divisor, offset = 0 }: Combination, tree: SumTree, of: Leaves): Element => {
  const term = (value: () => Element, by: number): Element | undefined => (by === 0 ? undefined : by === 1 ? value() : element.mul(element.number(by), value()))
  const sum = sumOver(tree, (i) => term(() => of.value(i), must(models[i], "coefficient")), element.add)
  const rest = term(() => must(of.base, "base"), base)
  const all = sum === undefined ? rest : rest === undefined ? sum : element.add(sum, rest)
  if (all === undefined) return element.number(offset)
  const divided = divisor === 1 ? all : element.div(all, element.number(divisor))
  return offset === 0 ? divided : element.add(divided, element.number(offset))
}
