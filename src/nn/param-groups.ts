/**
 * Groups of weights that are trained differently: another optimiser, another learning rate, another decay. The first group
 * that wants a weight has it. Frozen weights are in no group: they are given to a training step, not trained by it.
 */
import { assert, must } from "../base/assert.ts"
import type { Exprs } from "../tensor/expr.ts"
import { scalarsOf, type Optimiser, type WeightSpec } from "./optimiser.ts"

export interface ParamGroup {
  /** Whether the group wants a weight; all of them unless said otherwise. */
  readonly wants?: (weight: WeightSpec) => boolean
  readonly optimiser: Optimiser
  /** Multiplies the learning rate; 1 unless said otherwise. */
  readonly rate?: number
}

/** One optimiser made of several. A weight that no group wants is a mistake, found when the step is traced. */
export const paramGroups = (groups: readonly ParamGroup[]): Optimiser => {
  const indexOf = (weight: WeightSpec): number => {
    const index = groups.findIndex(({ wants }) => wants === undefined || wants(weight))
    assert(index >= 0, `no group wants weight ${weight.name}; end with a group that wants all, or freeze it`)
    return index
  }
  const groupOf = (weight: WeightSpec): Optimiser => must(groups[indexOf(weight)], "group").optimiser
  const prefixed = (index: number, name: string): string => `group/${index}/${name}`
  return {
    state: (weight) => groupOf(weight).state(weight),
    at: (lr, t) =>
      Object.fromEntries(
        groups.flatMap(({ optimiser, rate = 1 }, index) =>
          Object.entries(optimiser.at(lr * rate, t)).map(([name, value]) => [prefixed(index, name), value]),
        ),
      ),
    update: (site) => {
      const index = indexOf({ name: site.name, shape: site.weight.shape })
      const { optimiser } = must(groups[index], "group")
      const scalars: Exprs = Object.fromEntries(scalarsOf(optimiser).map((name) => [name, must(site.scalars[prefixed(index, name)], name)]))
      return optimiser.update({ ...site, scalars })
    },
  }
}
