/** Every substrate grown and as a monolith, and the learning rate that each has. */
import type { Builder } from "#src"
import { documentBits, pickRate, pretrain, scoreText, substrateRows } from "#nodes"
import type { Bench, RateOut, SubstrateOut, TokensOut } from "./bench.ts"
import { grow, type GrowthShape } from "./growth.ts"

/** The last is `trainable`, frozen after the first stage. */
export const controls = ["random", "binary", "binary16", "trainable", "frozen-later"] as const
export const substrateKinds = ["glyph", "random", "binary", "binary16", "trainable"] as const
export type SubstrateKind = (typeof substrateKinds)[number]
export type Substrates = Readonly<Record<string, SubstrateOut>>

export const substrateIn = (substrates: Substrates, kind: SubstrateKind): SubstrateOut => {
  const substrate = substrates[kind]
  if (substrate === undefined) throw new Error(`there is no substrate ${kind}`)
  return substrate
}

interface Tuning {
  readonly tokens: TokensOut
  readonly dev: TokensOut
  readonly steps: number
  readonly blocks: number
  readonly width: number
  readonly rates: readonly number[]
}

/** The rate of each kind of substrate: the best of a short monolith, on text of the training part. */
export const tunedRates = (g: Builder, substrates: Substrates, tuning: Tuning): Readonly<Record<string, RateOut>> => {
  const { tokens, dev, steps, blocks, width, rates } = tuning
  return Object.fromEntries(
    substrateKinds.map((kind) => {
      const substrate = substrateIn(substrates, kind)
      const tried = rates.map((lr, i) => {
        const { model } = g.add(`tune/${kind}/${i + 1}`, pretrain, { blocks, steps, lr, width }, { substrate, tokens }, { salt: "tuning" })
        const { scores } = g.add(`tune/score/${kind}/${i + 1}`, scoreText, {}, { model, substrate, tokens: dev })
        return g.add(`tune/bits/${kind}/${i + 1}`, documentBits, {}, { scores }).observations
      })
      return [kind, g.add(`rate/${kind}`, pickRate, { rates: [...rates] }, { observations: tried }).rate]
    }),
  )
}

/** The arms beside those of glyphs, which are in `growth.ts`. */
export const substrateArms = (bench: Bench, substrates: Substrates, { depth, steps }: GrowthShape): void => {
  const { train, figures, g, material } = bench
  figures(g.add("rows/glyph", substrateRows, {}, { substrate: material.glyphs }).metric, "glyph", ["norm error", "tokens that share a row"])
  for (const control of controls) {
    const kind = control === "frozen-later" ? "trainable" : control
    const [substrate, rate] = [substrateIn(substrates, kind), material.rates[kind]]
    grow(bench, `grown-${control}`, depth, steps, { substrate, rate, table: control === "trainable" ? "all" : "first" })
    if (control !== "frozen-later") {
      train(`monolith-${control}`, { blocks: depth, steps: depth * steps }, { salt: "monolith", substrate, rate })
      continue
    }
    // As long as a first stage with it, the rest without.
    const early = train("monolith-early", { blocks: depth, steps }, { salt: "monolith", substrate, rate })
    train(`monolith-${control}`, { blocks: 0, steps: (depth - 1) * steps, trains: "all" }, { salt: "monolith, later", substrate, rate, below: early.model })
  }
}

