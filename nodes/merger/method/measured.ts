/**
 * All that a merge measures: of the models, then of the sums over them. What is there already, of all models or of some that are measured one by
 * one, is not measured again.
 */
import { must, type Element } from "#src"
import { totalOf } from "./formula-inputs.ts"
import { after, andThen, known, type Kernels, type Measuring } from "./measuring.ts"
import type { Leaves, Method, Site } from "./method.ts"

/** What was found of the models, then of their sums. */
export interface Measured {
  readonly models: unknown
  readonly sums: unknown
}

/** What is there already: of all models together, or of each by itself where it is known (as they stand in the site). */
export interface FoundBefore {
  readonly all?: { readonly value: unknown }
  readonly each: readonly ({ readonly value: unknown } | undefined)[]
}

export const measuringOf = (method: Method, site: Site<never, never>, found: FoundBefore): Measuring<Measured> =>
  andThen<unknown, Measured>(ofModels(method, site, found), (models) => {
    const sums = (of: Leaves): readonly Element[] => must(totalOf(method, site, models, of), "models")
    return after(method.judge?.(site, models, sums) ?? known(undefined), (judged) => ({ models, sums: judged }))
  })

const ofModels = (method: Method, site: Site<never, never>, { all, each }: FoundBefore): Measuring<unknown> => {
  if (all !== undefined) return known(all.value)
  const missing = each.flatMap((one, i) => (one === undefined ? [i] : []))
  if (missing.length === each.length) return method.measure?.(site) ?? known(undefined)
  const values = (measured: readonly unknown[]): readonly unknown[] => each.map((one, i) => (one === undefined ? measured[missing.indexOf(i)] : one.value))
  if (missing.length === 0) return known(values([]))
  const some = must(method.apart, "apart").measure({ ...site, models: missing.map((i) => must(site.models[i], "model")) })
  return after(at(some as Measuring<readonly unknown[]>, missing), values)
}

/** A measuring of some models: what it calls model i is the model at `places[i]`. */
const at = <A>(measuring: Measuring<A>, places: readonly number[]): Measuring<A> =>
  measuring.known ? measuring : { known: false, kernels: moved(measuring.kernels, places), then: (totals) => at(measuring.then(totals), places) }

const moved = (kernels: Kernels, places: readonly number[]): Kernels => {
  const leaves = (of: Leaves): Leaves => {
    const place = (i: number): number => must(places[i], "model")
    return {
      word: of.word,
      made: of.made,
      total: of.total,
      value: (i) => of.value(place(i)),
      companion: (i, name) => of.companion(place(i), name),
      // Asking for it is reading it.
      get base() {
        return of.base
      },
    }
  }
  return kernels.kind === "sums" ? { ...kernels, formulas: (of) => kernels.formulas(leaves(of)) } : { ...kernels, sizes: (of) => kernels.sizes(leaves(of)) }
}
