/**
 * Exponential moving average of weights beside their training (Polyak & Juditsky 1992; in the form of Tarvainen & Valpola,
 * arXiv 1703.01780): ema' = decay ema + (1 - decay) w', from the weights the training starts with.
 */
import { must } from "../base/assert.ts"
import { add, mul } from "../tensor/elementwise.ts"
import type { Optimiser } from "./optimiser.ts"

/** `optimiser`, with one more piece of state: the average `ema/<weight>`. */
export const withEma = ({ state, at, update }: Optimiser, decay: number): Optimiser => ({
  state: (weight) => ({ ...state(weight), ema: "weight" }),
  at,
  update: (site) => {
    const next = update(site)
    return { ...next, state: { ...next.state, ema: add(mul(must(site.state["ema"], "ema"), decay), mul(next.weight, 1 - decay)) } }
  },
})
