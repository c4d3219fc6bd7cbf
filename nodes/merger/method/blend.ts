/** The writing pass of a method on one block, and its measuring over many. What every executor does, whatever it reads from. */
import { assert, must } from "#src"
import { blockLength } from "./blocks.ts"
import { addInPlace, type Measuring } from "./measuring.ts"
import type { Block, Combination, Method, Numbers } from "./method.ts"
import { sumOver, type SumTree } from "./sum-tree.ts"

/** A block of any method. */
export type AnyBlock = Block<never, never>

/** Elements worked on at a time, so that what is added up stays in the processor's cache. */
const runElements = 2 ** 13

/** Merged elements of `block`. `tree` is over the block's models; `out` has the block's length. */
export const blendBlock = (method: Method, block: AnyBlock, measured: unknown, tree: SumTree, out: Float64Array): void => {
  const step = blockLength(block.tensor.shape, method.sees, runElements)
  const { how } = method
  for (let from = 0; from < block.length; from += step) {
    const run = cut(block, from, Math.min(step, block.length - from))
    const into = out.subarray(from, from + run.length)
    if (how.form === "linear") combine(how.combination(block as never, measured as never), run, tree, into)
    else if (how.form === "joint") how.blend(run as never, measured as never, into)
    else {
      const term = (i: number): readonly Float64Array[] => {
        const sums = Array.from({ length: how.sums }, () => new Float64Array(run.length))
        how.term(run as never, i, measured as never, sums)
        return sums
      }
      const sums = sumOver(tree, term, (a, b) => a.map((x, k) => addInPlace(x, must(b[k], "sum"))))
      how.finish(run as never, must(sums, "models"), measured as never, into)
    }
  }
}

/** Part of a block, as views. */
export const cut = (block: AnyBlock, from: number, length: number): AnyBlock => {
  const view = (values: Numbers): Numbers => values.subarray(from, from + length)
  const companions = (of: AnyBlock["models"][number]["companions"]) => Object.fromEntries(Object.entries(of).map(([name, values]) => [name, view(values)]))
  return {
    ...block,
    start: block.start + from,
    length,
    base: block.base === undefined ? undefined : view(block.base),
    models: block.models.map((part) => ({ ...part, values: view(part.values), companions: companions(part.companions) })),
  }
}

/** SPEC M3, M4: terms in the tree's order, then the base, then one division; what has coefficient 0 is not looked at. */
const combine = ({ base, models, divisor, offset = 0 }: Combination, block: AnyBlock, tree: SumTree, out: Float64Array): void => {
  assert(models.length === block.models.length, "one coefficient for each model")
  const scaled = (values: Numbers, by: number): Float64Array => {
    const term = new Float64Array(values.length)
    if (by === 1) term.set(values)
    else for (let k = 0; k < term.length; k++) term[k] = by * values[k]!
    return term
  }
  const sum = sumOver(tree, (i) => (models[i] === 0 ? undefined : scaled(must(block.models[i], "model").values, models[i] as number)), addInPlace)
  const rest = base === 0 ? undefined : scaled(must(block.base, "base"), base)
  const all = sum === undefined ? rest : rest === undefined ? sum : addInPlace(sum, rest)
  if (all === undefined) out.fill(offset)
  else if (divisor === 1 && offset === 0) out.set(all)
  else for (let k = 0; k < out.length; k++) out[k] = all[k]! / divisor + offset
}

/** All passes of a measuring over blocks that can be read again and again. */
export const measureBlocks = <A>(measuring: Measuring<AnyBlock, A>, blocks: () => Iterable<AnyBlock>): A => {
  let now = measuring
  while (!now.known) {
    let total: unknown
    let first = true
    for (const block of blocks()) {
      const one = now.of(block)
      total = first ? one : now.plus(total, one)
      first = false
    }
    now = now.then(total)
  }
  return now.value
}

