/**
 * One lane of a merge: does jobs one after another, reading, calculating and writing in an arena of its own. Several lanes at
 * once overlap the disk with the processor; what they hold together is all the memory a merge takes. SPEC F5, F6, M2 to M4.
 */
import { canonical, formatBytes, must, pairsOf, random, readRange, roomFor, sizeOf, stepElements, storedBytes, writeRange, type Additions, type Arena, type FloatFormat, type Json, type OpenFile } from "#src"
import { blendBlock, type AnyBlock } from "../method/blend.ts"
import type { Cut } from "../method/blocks.ts"
import { deltasOf, gramRun, gramTriangle } from "../method/dots.ts"
import type { Measuring } from "../method/measuring.ts"
import type { Combination, Entry, Method, Numbers, Site } from "../method/method.ts"
import { leavesOf, sumTree, type SumTree } from "../method/sum-tree.ts"
import { methodOf, type Job } from "./jobs.ts"
import { load, roomToLoad, type Loaded, type Reader } from "./load.ts"
import type { Blend, Copy, MergePlan, PlannedModel, PlannedTensor, Source } from "./merge-plan.ts"

export interface LaneSetting extends Reader {
  readonly plan: MergePlan
  readonly outputs: readonly OpenFile[]
  /** What methods that measure whole models found, by method and params (`wholeKey`). */
  readonly whole: ReadonlyMap<string, unknown>
}

/** Does one job. Rejects when a file cannot be read or written, or is not as its header said. */
export const doJob = async ({ tensor: number, cuts }: Job, setting: LaneSetting): Promise<void> => {
  const tensor = must(setting.plan.tensors[number], "tensor")
  const place = must(setting.plan.layout.places[number], "place")
  const output = must(setting.outputs[place.shard], "output")
  const write = (cut: Cut, at: number): Promise<void> => {
    const width = storedBytes[tensor.dtype]
    return writeRange(output, place.start + cut.start * width, new Uint8Array(setting.arena.buffer(), at, cut.length * width))
  }
  const { work } = tensor
  if (work._tag === "copy") for (const cut of cuts) await write(cut, await copied(work, cut, setting))
  else {
    const blocks = blocksFor(tensor, work, setting)
    const measured = await blocks.measured(cuts)
    for (const cut of cuts) await write(cut, await blocks.merged(cut, measured))
  }
}

const copied = async ({ from: { model, place } }: Copy, cut: Cut, { arena, files }: Reader): Promise<number> => {
  const width = storedBytes[place.dtype]
  arena.reserve(roomFor(cut.length, width))
  const at = arena.take(roomFor(cut.length, width))
  await readRange(must(files[model], "input"), place.file, place.start + cut.start * width, new Uint8Array(arena.buffer(), at, cut.length * width))
  return at
}

/** Which models a method measures over together, and with what. */
export const wholeKey = ({ method, params }: Blend): string => canonical([method, params])

/** Models in the order in which the method is given them, and the order of sums over them. */
const sited = ({ name, shape, layer, layers }: PlannedTensor, work: Blend, method: Method) => {
  const tie = (model: PlannedModel): string => canonical(model.params as Json)
  const of = (models: readonly PlannedModel[]): SumTree => sumTree(models.map(({ id }) => id), models.map(tie))
  const models = method.symmetric ? leavesOf(of(work.models)).map((i) => must(work.models[i], "model")) : work.models
  const site: Site<never, never> = {
    tensor: { name, shape, layer, layers },
    params: work.params as never,
    models: models.map(({ id, params }): Entry<never> => ({ id, params: params as never })),
    based: work.base !== undefined,
  }
  return { site, models, tree: of(models) }
}

/** The measuring of a tensor's method, and its merged blocks. */
export const blocksFor = (tensor: PlannedTensor, work: Blend, setting: LaneSetting) => {
  const { arena } = setting
  const method = methodOf(work)
  const { site, models, tree } = sited(tensor, work, method)
  const stream = random(setting.plan.seed).fork(tensor.name)
  const output = tensor.dtype as FloatFormat
  const combination = (measured: unknown): Combination | undefined => (method.how.form === "linear" ? method.how.combination(site, measured as never) : undefined)
  const early = method.measure === undefined ? combination(undefined) : undefined
  const isRead = (i: number): boolean => early === undefined || early.models[i] !== 0
  const base = work.base !== undefined && (early === undefined || early.base !== 0) ? work.base : undefined
  const sources = [...models.flatMap(({ source, companions }, i) => (isRead(i) ? [source, ...Object.values(companions)] : [])), ...(base === undefined ? [] : [base])]

  interface Held {
    readonly models: readonly { readonly values: Loaded | undefined; readonly companions: readonly (readonly [string, Loaded])[] }[]
    readonly base: Loaded | undefined
    readonly out: number
    readonly start: number
    scratch?: number
  }
  let held: Held | undefined
  const hold = async (cut: Cut): Promise<Held> => {
    if (held?.start === cut.start) return held
    held = undefined
    const decoded = sources.reduce((sum, source) => sum + roomToLoad(source, cut.length) + roomFor(cut.length, 4), 0)
    arena.reserve(decoded + roomFor(cut.length, formatBytes[output]) + roomFor(cut.length, 8) + 64 * (3 * sources.length + 3) + 32 * pairsOf(models.length))
    const get = (source: Source): Promise<Loaded> => load(source, cut.start, cut.length, setting)
    const reading = models.map(async ({ source, companions }, i) => {
      const [values, ...beside] = await Promise.all(isRead(i) ? [source, ...Object.values(companions)].map(get) : [])
      return { values, companions: Object.keys(companions).map((name, k) => [name, beside[k] as Loaded] as const) }
    })
    const readingBase = base === undefined ? undefined : get(base)
    const [parts, ofBase] = await Promise.all([Promise.all(reading), readingBase])
    held = { models: parts, base: ofBase, out: arena.take(roomFor(cut.length, formatBytes[output])), start: cut.start }
    return held
  }

  /** Views of what was read, decoded once. */
  const views = new WeakMap<Loaded, Numbers>()
  const view = (loaded: Loaded, length: number): Numbers => {
    const known = views.get(loaded)
    if (known !== undefined) return known
    const made = loaded.format === "F64" ? new Float64Array(arena.buffer(), loaded.at, length) : new Float32Array(arena.buffer(), asF32(loaded, length, arena), length)
    views.set(loaded, made)
    return made
  }
  const block = (cut: Cut, from: Held): AnyBlock => ({
    ...site,
    start: cut.start,
    length: cut.length,
    base: from.base === undefined ? undefined : view(from.base, cut.length),
    random: stream,
    models: from.models.map(({ values, companions }, i) => ({
      ...must(site.models[i], "model"),
      values: values === undefined ? new Float32Array(0) : view(values, cut.length),
      companions: Object.fromEntries(companions.map(([name, loaded]) => [name, view(loaded, cut.length)])),
    })),
  })

  return {
    measure: (): Measuring<AnyBlock, unknown> | undefined => method.measure?.(site) as Measuring<AnyBlock, unknown> | undefined,
    block: async (cut: Cut): Promise<AnyBlock> => block(cut, await hold(cut)),
    /** Somebody else will use the arena. */
    release: (): void => {
      held = undefined
    },
    /** Over the blocks in their order, whatever is measured over a tensor; what is measured over a model is there already. */
    measured: async (cuts: readonly Cut[]): Promise<unknown> => {
      if (method.span?.(work.params as never) === "model") return setting.whole.get(wholeKey(work))
      let now = method.measure?.(site) as Measuring<AnyBlock, unknown> | undefined
      while (now !== undefined && !now.known) {
        let total: unknown
        for (const [i, cut] of cuts.entries()) {
          const from = await hold(cut)
          const one = now.isGram === true ? gram(cut, from) : now.of(block(cut, from))
          total = i === 0 ? one : now.plus(total, one)
        }
        now = now.then(total)
      }
      return now?.value
    },
    /** Where the merged elements lie, in the output's format. */
    merged: async (cut: Cut, measured: unknown): Promise<number> => {
      const from = await hold(cut)
      const how = early ?? combination(measured)
      const sum = how === undefined || (how.offset ?? 0) !== 0 ? undefined : linearSum(how, tree, from)
      if (sum === undefined) return blended(cut, from, measured)
      const [first] = sum.terms
      if (sum.terms.length === 1 && first?.coefficient === 1 && sum.divisor === 1 && first.format === output) return first.at
      const spec = { inputs: sum.terms.map(({ format }) => format), additions: sum.additions, output, divides: sum.divisor !== 1 }
      arena.combine(spec, from.out, cut.length, sum.terms, sum.divisor)
      return from.out
    },
  }

  /** What `dots.ts` computes, by a kernel; what is over at the end of the block, by the loop itself. */
  function gram(cut: Cut, from: Held): Float64Array {
    const vectors = from.models.map(({ values }) => must(values, "what was read"))
    const total = new Float64Array(pairsOf(vectors.length))
    if (from.scratch === undefined) from.scratch = arena.take(32 * total.length)
    const spec = { vectors: vectors.map(({ format }) => format), base: from.base?.format }
    const at = [...vectors, ...(from.base === undefined ? [] : [from.base])].map((loaded) => loaded.at)
    for (let start = 0; start < cut.length; start += gramRun) {
      const length = Math.min(gramRun, cut.length - start)
      const sums = length % stepElements === 0 ? arena.gram(spec, start, length, at, from.scratch) : gramTriangle(part(cut, from, start, length))
      for (let pair = 0; pair < total.length; pair++) total[pair]! += sums[pair]!
    }
    return total
  }

  /** Vectors of the last elements of a block: differences from the base where there is one. */
  function part(cut: Cut, from: Held, start: number, length: number): readonly Numbers[] {
    const { models: parts, base: ofBase } = block(cut, from)
    return parts.map(({ values }) => deltasOf(values.subarray(start, start + length), ofBase?.subarray(start, start + length)))
  }

  function blended(cut: Cut, from: Held, measured: unknown): number {
    const exact = arena.take(roomFor(cut.length, 8))
    blendBlock(method, block(cut, from), measured, tree, new Float64Array(arena.buffer(), exact, cut.length))
    arena.combine({ inputs: ["F64"], additions: 0, output, divides: false }, from.out, cut.length, [{ at: exact, coefficient: 1 }], 1)
    return from.out
  }
}

const asF32 = (loaded: Loaded, length: number, arena: Arena): number => {
  if (loaded.format === "F32") return loaded.at
  const at = arena.take(roomFor(length, 4))
  arena.combine({ inputs: [loaded.format], additions: 0, output: "F32", divides: false }, at, length, [{ at: loaded.at, coefficient: 1 }], 1)
  return at
}

interface Sum {
  readonly terms: readonly { readonly at: number; readonly format: FloatFormat; readonly coefficient: number }[]
  readonly additions: Additions
  readonly divisor: number
}

/** The combination as a kernel takes it: the terms that count, in the tree's order, then the base. Undefined when nothing counts. */
const linearSum = ({ models, base, divisor }: Combination, tree: SumTree, held: { readonly models: readonly { readonly values: Loaded | undefined }[]; readonly base: Loaded | undefined }): Sum | undefined => {
  const terms: Sum["terms"][number][] = []
  const term = (loaded: Loaded | undefined, coefficient: number): Additions | undefined =>
    coefficient === 0 ? undefined : terms.push({ ...must(loaded, "what was read"), coefficient }) - 1
  const plus = (a: Additions | undefined, b: Additions | undefined): Additions | undefined => (a === undefined ? b : b === undefined ? a : [a, b])
  const over = (node: SumTree): Additions | undefined =>
    "leaf" in node ? term(held.models[node.leaf]?.values, models[node.leaf] as number) : plus(over(node.left), over(node.right))
  const additions = plus(over(tree), term(held.base, base))
  return additions === undefined ? undefined : { terms, additions, divisor }
}

/** Bytes of arena that a job of this tensor takes at most. */
export const roomOfTensor = ({ shape, dtype, work }: PlannedTensor, length: number): number => {
  if (work._tag === "copy") return roomFor(Math.min(length, sizeOf(shape)), storedBytes[dtype])
  const sources = [...work.models.flatMap(({ source, companions }) => [source, ...Object.values(companions)]), ...(work.base === undefined ? [] : [work.base])]
  return sources.reduce((sum, source) => sum + roomToLoad(source, length) + roomFor(length, 4), roomFor(length, storedBytes[dtype]) + roomFor(length, 8))
}
