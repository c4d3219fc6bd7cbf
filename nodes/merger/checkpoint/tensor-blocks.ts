/**
 * The measuring of a tensor's method and its merged blocks, from files, in one arena. A method whose sums a kernel can take is
 * read in pieces that stay in the processor's cache; another one block at a time. SPEC F5, M2 to M4.
 */
import { canonical, formatBytes, must, pairsOf, random, roomFor, stepElements, type Arena, type FloatFormat, type Json } from "#src"
import { blendBlock, type AnyBlock } from "../method/blend.ts"
import type { Cut } from "../method/blocks.ts"
import { deltasOf, gramRun, gramTriangle } from "../method/dots.ts"
import type { Measuring } from "../method/measuring.ts"
import type { Combination, Entry, Method, Numbers, Site } from "../method/method.ts"
import { leavesOf, sumTree, type SumTree } from "../method/sum-tree.ts"
import { methodOf } from "./jobs.ts"
import { linearSum } from "./linear-sum.ts"
import { load, roomToLoad, type Loaded, type Reader } from "./load.ts"
import type { Blend, MergePlan, PlannedModel, PlannedTensor, Source } from "./merge-plan.ts"

export interface BlockSetting extends Reader {
  readonly plan: MergePlan
  /** What methods that measure whole models found, by method and params (`wholeKey`). */
  readonly whole: ReadonlyMap<string, unknown>
}

/** Which models a method measures over together, and with what. */
export const wholeKey = ({ method, params }: Blend): string => canonical([method, params])

/** Elements read at a time where a kernel does the work: a few such pieces fit the cache of one core. */
const pieceElements = 2 ** 17

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

type AnyPass = Extract<Measuring<AnyBlock, unknown>, { readonly known: false }>

/** What is in memory of a run of elements. */
interface Held extends Cut {
  readonly models: readonly { readonly values: Loaded | undefined; readonly companions: readonly (readonly [string, Loaded])[] }[]
  readonly base: Loaded | undefined
}

const sourcesOf = ({ models, base }: Blend): readonly Source[] => [...models.flatMap(({ source, companions }) => [source, ...Object.values(companions)]), ...(base === undefined ? [] : [base])]

/** Bytes of arena that blocks of `length` elements take at most: sources as they are and as f32, the merged ones in f64. */
export const roomOfBlend = (work: Blend, length: number): number =>
  sourcesOf(work).reduce((sum, source) => sum + roomToLoad(source, length) + roomFor(length, 4), roomFor(length, 8) + 64 + 32 * pairsOf(work.models.length))

export const blocksFor = (tensor: PlannedTensor, work: Blend, { arena, files, plan, whole }: BlockSetting) => {
  const method = methodOf(work)
  const { site, models, tree } = sited(tensor, work, method)
  const stream = random(plan.seed).fork(tensor.name)
  const output = tensor.dtype as FloatFormat
  const combination = (measured: unknown): Combination | undefined => (method.how.form === "linear" ? method.how.combination(site, measured as never) : undefined)
  const early = method.measure === undefined ? combination(undefined) : undefined
  const isRead = (i: number): boolean => early === undefined || early.models[i] !== 0
  const base = work.base !== undefined && (early === undefined || early.base !== 0) ? work.base : undefined

  /** Reads a run of elements, lets `use` work on it, and takes back its memory. */
  const holding = <A>({ start, length }: Cut, use: (held: Held) => A): A => {
    const mark = arena.take(0)
    const get = (source: Source): Loaded => load(source, start, length, { arena, files })
    const result = use({
      start,
      length,
      models: models.map(({ source, companions }, i) => ({
        values: isRead(i) ? get(source) : undefined,
        companions: isRead(i) ? Object.entries(companions).map(([name, beside]) => [name, get(beside)] as const) : [],
      })),
      base: base === undefined ? undefined : get(base),
    })
    arena.rewind(mark)
    return result
  }

  const view = (loaded: Loaded, length: number): Numbers =>
    loaded.format === "F64" ? new Float64Array(arena.buffer(), loaded.at, length) : new Float32Array(arena.buffer(), asF32(loaded, length, arena), length)
  const blockOf = ({ start, length, models: parts, base: ofBase }: Held): AnyBlock => ({
    ...site,
    start,
    length,
    base: ofBase === undefined ? undefined : view(ofBase, length),
    random: stream,
    models: parts.map(({ values, companions }, i) => ({
      ...must(site.models[i], "model"),
      values: values === undefined ? new Float32Array(0) : view(values, length),
      companions: Object.fromEntries(companions.map(([name, loaded]) => [name, view(loaded, length)])),
    })),
  })

  /** What `dots.ts` computes, by a kernel; what is over at the end of the block, by the loop itself. */
  const gram = (cut: Cut): Float64Array => {
    const total = new Float64Array(pairsOf(models.length))
    for (const piece of piecesOf(cut)) {
      holding(piece, (held) => {
        const vectors = held.models.map(({ values }) => must(values, "what was read"))
        const scratch = arena.take(32 * total.length)
        const spec = { vectors: vectors.map(({ format }) => format), base: held.base?.format }
        const at = [...vectors, ...(held.base === undefined ? [] : [held.base])].map((loaded) => loaded.at)
        for (let start = 0; start < held.length; start += gramRun) {
          const length = Math.min(gramRun, held.length - start)
          const sums = length % stepElements === 0 ? arena.gram(spec, start, length, at, scratch) : gramTriangle(deltas(blockOf(held), start, length))
          for (let pair = 0; pair < total.length; pair++) total[pair]! += sums[pair]!
        }
      })
    }
    return total
  }

  const piecesOf = ({ start, length }: Cut): readonly Cut[] =>
    Array.from({ length: Math.ceil(length / pieceElements) }, (_, i) => ({ start: start + i * pieceElements, length: Math.min(pieceElements, length - i * pieceElements) }))

  /** One piece or block, merged into the region at `out`. */
  const mergeHeld = (held: Held, measured: unknown, how: Combination | undefined, out: number): void => {
    const sum = how === undefined ? undefined : linearSum(how, tree, held)
    if (sum === undefined) {
      const exact = arena.take(roomFor(held.length, 8))
      blendBlock(method, blockOf(held), measured, tree, new Float64Array(arena.buffer(), exact, held.length))
      arena.combine({ inputs: ["F64"], additions: 0, output, divides: false }, out, held.length, [{ at: exact, coefficient: 1 }], 1)
      return
    }
    const [first] = sum.terms
    if (sum.terms.length === 1 && first?.coefficient === 1 && sum.divisor === 1 && first.format === output) {
      const bytes = held.length * formatBytes[output]
      new Uint8Array(arena.buffer(), out, bytes).set(new Uint8Array(arena.buffer(), first.at, bytes))
    } else arena.combine({ inputs: sum.terms.map(({ format }) => format), additions: sum.additions, output, divides: sum.divisor !== 1 }, out, held.length, sum.terms, sum.divisor)
  }

  const measure = (): Measuring<AnyBlock, unknown> | undefined => method.measure?.(site) as Measuring<AnyBlock, unknown> | undefined
  /** What one pass gives of one block. */
  const one = (pass: AnyPass, cut: Cut): unknown => (pass.isGram === true ? gram(cut) : holding(cut, (held) => pass.of(blockOf(held))))

  return {
    measure,
    one,
    /** Over the blocks in their order, whatever is measured over a tensor; what is measured over a model is there already. */
    measured: (cuts: readonly Cut[]): unknown => {
      if (method.span?.(work.params as never) === "model") return whole.get(wholeKey(work))
      let now = measure()
      while (now !== undefined && !now.known) {
        const pass = now
        now = pass.then(cuts.reduce<unknown>((sum, cut, i) => (i === 0 ? one(pass, cut) : pass.plus(sum, one(pass, cut))), undefined))
      }
      return now?.value
    },
    /** Writes the merged elements of a block into the region at `out`, in the output's format. */
    merge: (cut: Cut, measured: unknown, out: number): void => {
      const how = early ?? combination(measured)
      const byKernel = how !== undefined && (how.offset ?? 0) === 0
      for (const piece of byKernel ? piecesOf(cut) : [cut]) {
        holding(piece, (held) => mergeHeld(held, measured, byKernel ? how : undefined, out + (piece.start - cut.start) * formatBytes[output]))
      }
    },
  }
}

/** Vectors of some elements of a block: differences from the base where there is one. */
const deltas = ({ models, base }: AnyBlock, start: number, length: number): readonly Numbers[] =>
  models.map(({ values }) => deltasOf(values.subarray(start, start + length), base?.subarray(start, start + length)))

const asF32 = (loaded: Loaded, length: number, arena: Arena): number => {
  if (loaded.format === "F32") return loaded.at
  const at = arena.take(roomFor(length, 4))
  arena.combine({ inputs: [loaded.format], additions: 0, output: "F32", divides: false }, at, length, [{ at: loaded.at, coefficient: 1 }], 1)
  return at
}
