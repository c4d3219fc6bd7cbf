/** Growth in width: a model of half the width for half the tokens, made wider in every way there is, and trained on for the other half. */
import { ligo, widen } from "#nodes"
import type { Bench, ModelOut, SubstrateOut } from "./bench.ts"
import type { GrowthShape } from "./growth.ts"

/** @param substrate of half the width: a wide model has each coordinate twice, and so has the one that is wide from the start */
export const wideningArms = (bench: Bench, substrate: SubstrateOut, ways: readonly string[], { depth, steps }: GrowthShape): void => {
  const { g, seed, material: { tokens, width }, train, score, cost } = bench
  const total = depth * steps
  // As many operator steps as half a stage, which the model it makes does not get.
  const learning = Math.ceil(steps / 2)
  const narrow = train("narrow", { blocks: depth, steps: total / 2, width: width / 2, heads: 2 }, { salt: "monolith", substrate }).model
  const wider = (way: string): ModelOut => {
    const given = { salt: `${seed}/wider` }
    if (way === "ligo") return g.add(`wider/${way}`, ligo, { steps: learning }, { model: narrow, substrate, tokens }, given).model
    // Any other word is a rule, or is refused as none.
    return g.add(`wider/${way}`, widen, { rule: way as "net2net", noise: 0.01 }, { model: narrow }, given).model
  }
  for (const way of ways) {
    const below = wider(way)
    score(`begin-${way}`, below, substrate)
    const { model } = train(`widened-${way}`, { blocks: 0, steps: total / 2 - (way === "ligo" ? learning : 0), trains: "all" }, { salt: "widened", substrate, below })
    cost(`widened-${way}`, model)
  }
  cost("wide", train("wide", { blocks: depth, steps: total }, { salt: "monolith", substrate }).model)
}
