/** What formulas of a method need of a tensor, numbered in the order in which they ask for it; what they do not ask for is not read. */
import { must, element, type Element } from "#src"
import type { Measured } from "./measured.ts"
import type { Combination, Leaves, Method, Site } from "./method.ts"
import { sumOver, type SumTree } from "./sum-tree.ts"

/** `S` is where numbers come from: a file, or memory. */
export type Input<S> =
  | { readonly _tag: "source"; readonly source: S }
  | { readonly _tag: "words"; readonly label: string }
  /** The formulas' inputs are numbered below this one. */
  | { readonly _tag: "made"; readonly of: readonly Element[]; readonly make: Parameters<Leaves["made"]>[1] }

export interface Formulas<S> {
  readonly formulas: readonly Element[]
  readonly inputs: readonly Input<S>[]
}

export interface Sources<S> {
  /** In the order in which the method is given the models. */
  readonly models: readonly { readonly source: S; readonly companions: { readonly [name: string]: S } }[]
  readonly base: S | undefined
  /** Sums over all models, where they are there already; none where no model gives anything. */
  readonly sums?: readonly S[]
}

/** `make` is given the parts. */
export const withInputs = <S>({ models, base, sums }: Sources<S>, tree: SumTree, make: (of: Leaves) => readonly Element[]): Formulas<S> => {
  const inputs: Input<S>[] = []
  const leaves = new Map<string, Element>()
  const add = (input: Input<S>): Element => element.input(inputs.push(input) - 1)
  const leaf = (name: string, input: () => Input<S>): Element => {
    const found = leaves.get(name) ?? add(input())
    leaves.set(name, found)
    return found
  }
  const read = (name: string, source: S | undefined): Element => leaf(name, () => ({ _tag: "source", source: must(source, name) }))
  const plus = (a: readonly Element[], b: readonly Element[]): readonly Element[] => a.map((part, k) => element.add(part, must(b[k], "sum")))
  const formulas = make({
    value: (i) => read(`value ${i}`, models[i]?.source),
    companion: (i, name) => read(`companion ${i} ${name}`, models[i]?.companions[name]),
    get base() {
      return base === undefined ? undefined : read("base", base)
    },
    word: (label) => leaf(`word ${label}`, () => ({ _tag: "words", label })),
    made: (of, by) => add({ _tag: "made", of, make: by }),
    total: (term) => (sums === undefined ? sumOver(tree, term, plus) : sums.length === 0 ? undefined : sums.map((source, k) => read(`sum ${k}`, source))),
  })
  return { formulas, inputs }
}

/** What each model gives to the sums; of a combination its term, which a coefficient of 0 has not. SPEC M4. */
export const totalOf = ({ how }: Method, site: Site<never, never>, measured: unknown, of: Leaves): readonly Element[] | undefined => {
  if (how.form === "sums") return of.total((i) => how.term(site, measured as never, of, i))
  const { models } = how.form === "linear" ? how.combination(site, measured as never, undefined) : { models: [] }
  return of.total((i) => {
    const term = times(must(models[i], "coefficient"), () => of.value(i))
    return term === undefined ? undefined : [term]
  })
}

/** The merged element. */
export const mergedElement = (method: Method, site: Site<never, never>, measured: Measured, of: Leaves): Element => {
  const { how } = method
  if (how.form === "joint") return how.merged(site, measured.models as never, of)
  if (how.form === "sums") return how.finish(site, measured.models as never, of, must(totalOf(method, site, measured.models, of), "models"), measured.sums as never)
  return combined(how.combination(site, measured.models as never, measured.sums as never), () => totalOf(method, site, measured.models, of)?.[0], of)
}

/** The terms that count, then the base, one division, the offset. SPEC M3, M4. */
const combined = ({ base, scale = 1, divisor, offset = 0 }: Combination, total: () => Element | undefined, of: Leaves): Element => {
  const rest = times(base, () => must(of.base, "base"))
  const sum = times(scale, total)
  const all = sum === undefined ? rest : rest === undefined ? sum : element.add(sum, rest)
  if (all === undefined) return element.number(offset)
  const divided = divisor === 1 ? all : element.div(all, element.number(divisor))
  return offset === 0 ? divided : element.add(divided, element.number(offset))
}

const times = (by: number, value: () => Element | undefined): Element | undefined => {
  if (by === 0) return undefined
  const of = value()
  return by === 1 || of === undefined ? of : element.mul(element.number(by), of)
}
