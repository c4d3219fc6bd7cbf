/** The writing pass of a method on one block, and its measuring over many. What every executor does, whatever it reads from. */
import { assert, must } from "#src"
import { blockLength } from "./blocks.ts"
import { addInPlace, type Measuring } from "./measuring.ts"
import type { Block, Method, Numbers } from "./method.ts"
import { sumOver, type SumTree } from "./sum-tree.ts"

/** A block of any method. */
export type AnyBlock = Block<never, never>

/** Elements worked on at a time, so that what is added up stays in the processor's cache. */
const runElements = 2 ** 13

/** Merged elements of `block`. `tree` is over the block's models; `out` has the block's length. */
export const blendBlock = (method: Method, block: AnyBlock, measured: unknown, tree: SumTree, out: Float64Array): void => {
  const { how } = method
  forRuns(method, block, out, (run, into) => {
    if (how.form === "joint") how.blend(run as never, measured as never, into)
    else finishBlock(method, run, termSums(method, run, measured, (term) => sumOver(tree, term, plusSums)), measured, into)
  })
}

/** `block` in runs that fit the processor's cache, and as much of `out`. */
export const forRuns = (method: Method, block: AnyBlock, out: Float64Array, work: (run: AnyBlock, into: Float64Array) => void): void => {
  const step = blockLength(block.tensor.shape, method.sees, runElements)
  for (let from = 0; from < block.length; from += step) {
    const run = cut(block, from, Math.min(step, block.length - from))
    work(run, out.subarray(from, from + run.length))
  }
}

/** Numbers that are added up over models, one array for each sum; nothing where no model counts. */
export type SumArrays = readonly Float64Array[] | undefined

export const plusSums = (a: readonly Float64Array[], b: readonly Float64Array[]): readonly Float64Array[] => a.map((x, k) => addInPlace(x, must(b[k], "sum")))

/** How many sums a method of form `linear` or `sums` has. */
export const sumCount = ({ how }: Method): number => (how.form === "sums" ? how.sums : 1)

/** What `total` makes of the terms of single models. */
export const termSums = (method: Method, run: AnyBlock, measured: unknown, total: (term: (i: number) => SumArrays) => SumArrays): SumArrays => {
  const { how } = method
  assert(how.form !== "joint", `${method.name} has no sums`)
  if (how.form === "linear") {
    const { models } = how.combination(run as never, measured as never)
    assert(models.length === run.models.length, "one coefficient for each model")
    return total((i) => (models[i] === 0 ? undefined : [scaled(must(run.models[i], "model").values, models[i] as number)]))
  }
  return total((i) => {
    const sums = Array.from({ length: how.sums }, () => new Float64Array(run.length))
    how.term(run as never, i, measured as never, sums)
    return sums
  })
}

/** Merged elements of sums over all models. SPEC M3, M4: terms in the tree's order, then the base, then one division. */
export const finishBlock = (method: Method, block: Omit<AnyBlock, "random">, sums: SumArrays, measured: unknown, out: Float64Array): void => {
  const { how } = method
  assert(how.form !== "joint", `${method.name} has no sums`)
  if (how.form === "sums") return how.finish(block as never, must(sums, "models"), measured as never, out)
  const { base, divisor, offset = 0 } = how.combination(block as never, measured as never)
  const rest = base === 0 ? undefined : scaled(must(block.base, "base"), base)
  const sum = sums?.[0]
  const all = sum === undefined ? rest : rest === undefined ? sum : addInPlace(sum, rest)
  if (all === undefined) out.fill(offset)
  else if (divisor === 1 && offset === 0) out.set(all)
  else for (let k = 0; k < out.length; k++) out[k] = all[k]! / divisor + offset
}

const scaled = (values: Numbers, by: number): Float64Array => {
  const term = new Float64Array(values.length)
  if (by === 1) term.set(values)
  else for (let k = 0; k < term.length; k++) term[k] = by * values[k]!
  return term
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

