/** Arms of layer-wise growth, and what they are compared with, each with the steps that make their tokens equal. */
import type { Bench, ModelOut, RateOut, SubstrateOut, Trained } from "./bench.ts"

export interface GrowthShape {
  /** Stages of growth, one block each. */
  readonly stages: number
  /** Blocks of the models that are compared. */
  readonly depth: number
  /** Steps a stage. */
  readonly steps: number
  /** Blocks of monoliths beside that of `depth`. */
  readonly depths: readonly number[]
  /** How often a base is stacked; each divides `depth`. */
  readonly stacks: readonly number[]
}

interface Stack {
  readonly substrate?: SubstrateOut
  readonly rate?: RateOut | undefined
  readonly table?: "first" | "all"
}

/** The method: a block, then another on top of it, each trained on batches of its own. */
export const grow = ({ train }: Bench, name: string, stages: number, steps: number, { substrate, rate, table = "first" }: Stack = {}): readonly Trained[] => {
  const stack: Trained[] = []
  for (let stage = 1; stage <= stages; stage++) {
    const below = stack.at(-1)?.model
    stack.push(train(`${name}-${stage}`, { blocks: 1, steps, table }, { salt: `stage ${stage}`, below, ...(substrate === undefined ? {} : { substrate }), rate }))
  }
  return stack
}

export const growthArms = (bench: Bench, { stages, depth, steps, depths, stacks }: GrowthShape): void => {
  const { train, cost, probe, answer, recovery, changed } = bench
  const total = depth * steps
  const stack = grow(bench, "grown", stages, steps)
  const at = (stage: number): Trained => stack[stage - 1] as Trained
  stack.forEach(({ model }, i) => {
    cost(`grown-${i + 1}`, model)
    probe(`grown-${i + 1}`, model)
  })
  for (let stage = 2; stage <= stages; stage++) {
    train(`begin-random-${stage}`, { blocks: 1, steps: 0 }, { salt: `stage ${stage}`, below: at(stage - 1).model })
    train(`begin-zero-${stage}`, { blocks: 1, steps: 0, start: "zero" }, { salt: `stage ${stage}`, below: at(stage - 1).model })
    recovery(`grown-${stage}`, at(stage - 1), at(stage))
    changed(`grown-${stage}`, at(stage - 1).model, at(stage).model)
  }
  let zero = at(1)
  for (let stage = 2; stage <= depth; stage++) zero = train(`zero-${stage}`, { blocks: 1, steps, start: "zero" }, { salt: `stage ${stage}`, below: zero.model })

  // No new block: the same tokens for the first block and the head, or for the head alone.
  const first = at(1).model
  train("longer", { blocks: 0, steps: total - steps, trains: "all" }, { salt: "longer", below: first })
  train("head-only", { blocks: 0, steps: total - steps }, { salt: "longer", below: first })

  // Monoliths: of equal tokens at several depths, and of equal operations.
  for (const blocks of [...depths, depth]) {
    const name = blocks === depth ? "monolith" : `monolith-${blocks}`
    const { model } = train(name, { blocks, steps: total }, { salt: "monolith" })
    cost(name, model)
    probe(name, model)
    if (blocks === depth) answer(name, model)
  }
  const grown = at(depth).model
  answer(`grown-${depth}`, grown)
  const { model: equalWork } = train("monolith-of-equal-work", { blocks: depth, steps: total }, { salt: "monolith", budget: grown })
  cost("monolith-of-equal-work", equalWork)

  // The last two stages with adapters of everything below, merged at the end of each.
  const adapted = [depth - 1, depth].reduce<ModelOut>(
    (below, stage) => train(`lora-${stage}`, { blocks: 1, steps, trains: "lora" }, { salt: `stage ${stage}`, below }).model,
    at(depth - 2).model,
  )
  cost(`lora-${depth}`, adapted)
  const { model: thawed } = train("thawed", { blocks: 1, steps, trains: "all" }, { salt: `stage ${depth}`, below: at(depth - 1).model })
  cost("thawed", thawed)
  // Stacks of half the tokens, copied on top of themselves, then everything for the other half.
  for (const times of stacks) {
    const base = train(`base-of-${times}`, { blocks: depth / times, steps: total / 2 }, { salt: "monolith" })
    const { model } = train(`stacked-${times}`, { blocks: depth - depth / times, steps: total / 2, start: "copy", trains: "all" }, { salt: "stacked", below: base.model })
    cost(`stacked-${times}`, model)
  }
}
