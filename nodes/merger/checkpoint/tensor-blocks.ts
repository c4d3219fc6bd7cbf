/**
 * The measuring of a tensor's method and its merged blocks, from files, in one arena. What a method gives as formulas is read and
 * calculated in pieces that stay in the processor's cache, by kernels; what it gives as loops, a block at a time. SPEC F5, M2 to M4.
 */
import { bucketsBy, canonical, element, evaluate, formatBytes, inF32, inputBytes, must, random, roomFor, stepElements, type Element, type ElementsSpec, type FloatFormat, type InputFormat, type Json, type SumsSpec } from "#src"
import { blendBlock, type AnyBlock } from "../method/blend.ts"
import type { Cut } from "../method/blocks.ts"
import { sumRun } from "../method/dots.ts"
import type { Kernels, Measuring } from "../method/measuring.ts"
import type { Entry, Leaves, Method, Numbers, Site } from "../method/method.ts"
import { leavesOf, sumTree, type SumTree } from "../method/sum-tree.ts"
import { methodOf } from "./jobs.ts"
import { linearFormula, withInputs, type Formulas, type Input } from "./formula-inputs.ts"
import { load, roomToLoad, type Reader } from "./load.ts"
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

export type AnyPass = Extract<Measuring<AnyBlock, unknown>, { readonly known: false }>

/** Where the inputs of formulas lie, in their order. */
interface Placed {
  readonly at: readonly number[]
  readonly formats: readonly InputFormat[]
}

const sourcesOf = ({ models, base }: Blend): readonly Source[] => [...models.flatMap(({ source, companions }) => [source, ...Object.values(companions)]), ...(base === undefined ? [] : [base])]

/** Bytes of arena that blocks of `length` elements take at most: sources as they are and as f32, the merged ones in f64; or pieces, words, sizes and counts. */
export const roomOfBlend = (work: Blend, length: number): number => {
  const piece = Math.min(length, pieceElements)
  const sources = sourcesOf(work)
  const whole = sources.reduce((sum, source) => sum + roomToLoad(source, length) + roomFor(length, 4), roomFor(length, 8))
  const lists = work.models.length
  const kernels = sources.reduce((sum, source) => sum + roomToLoad(source, piece), (lists + 1) * (roomFor(piece, 4) + 64) + lists * (4 * bucketsBy.upper + 64) + 64 * lists * (lists + 1))
  return Math.max(whole, kernels)
}

export const blocksFor = (tensor: PlannedTensor, work: Blend, { arena, files, plan, whole }: BlockSetting) => {
  const method = methodOf(work)
  const { site, models, tree } = sited(tensor, work, method)
  const stream = random(plan.seed).fork(tensor.name)
  const output = tensor.dtype as FloatFormat
  const inputsOf = (make: (of: Leaves) => readonly Element[]): Formulas => withInputs(models, work.base, tree, make)

  /** Lets `use` work on a run of elements of some inputs, and takes back their memory. */
  const placing = <A>(inputs: readonly Input[], { start, length }: Cut, use: (placed: Placed) => A): A => {
    const mark = arena.take(0)
    const placed = inputs.map((input): { readonly at: number; readonly format: InputFormat } => {
      if (input._tag === "source") return load(input.source, start, length, { arena, files })
      const before = start % 4
      const at = arena.take(roomFor(length + before, 4) + 64)
      arena.words(stream.fork(input.label).stream, at, (start - before) / 4, length + before)
      return { at: at + 4 * before, format: "U32" }
    })
    const result = use({ at: placed.map(({ at }) => at), formats: placed.map(({ format }) => format) })
    arena.rewind(mark)
    return result
  }

  /** A block as loops take it: decoded, whole. */
  const blockwise = <A>({ start, length }: Cut, use: (block: AnyBlock) => A): A => {
    const inputs = sourcesOf({ ...work, models }).map((source): Input => ({ _tag: "source", source }))
    return placing(inputs, { start, length }, ({ at, formats }) => {
      let next = 0
      const view = (): Numbers => {
        const [from, format] = [must(at[next], "input"), formats[next++]]
        if (format === "F64") return new Float64Array(arena.buffer(), from, length)
        const decoded = format === "F32" ? from : arena.take(roomFor(length, 4))
        if (format !== "F32") arena.elements({ inputs: [format as InputFormat], formula: element.input(0), output: "F32" }, decoded, length, [from])
        return new Float32Array(arena.buffer(), decoded, length)
      }
      const parts = models.map(({ companions }, i) => ({
        ...must(site.models[i], "model"),
        values: view(),
        companions: Object.fromEntries(Object.keys(companions).map((name) => [name, view()])),
      }))
      return use({ ...site, start, length, models: parts, base: work.base === undefined ? undefined : view(), random: stream })
    })
  }

  /** What `sumsOf` gives of a block, by a kernel; the few elements over at the end by its own arithmetic. */
  const sums = (cut: Cut, { formulas, inputs }: Formulas): Float64Array => {
    const total = new Float64Array(formulas.length)
    let spec: SumsSpec | undefined
    for (const piece of piecesOf(cut)) {
      placing(inputs, piece, ({ at, formats }) => {
        const now = (spec ??= { inputs: formats, formulas })
        const scratch = arena.take(32 * formulas.length)
        for (let from = 0; from < piece.length; from += sumRun) {
          const length = Math.min(sumRun, piece.length - from)
          const whole = length - (length % stepElements)
          const four = arena.sums(now, from, whole, at, scratch)
          if (whole < length) addRest(four, formulas, valuesAt(formats, at, from + whole, length - whole), length - whole)
          for (let i = 0; i < total.length; i++) total[i]! += four[4 * i]! + four[4 * i + 1]! + (four[4 * i + 2]! + four[4 * i + 3]!)
        }
      })
    }
    return total
  }

  /** A few elements of every input. */
  const valuesAt = (formats: readonly InputFormat[], at: readonly number[], from: number, count: number): readonly Float64Array[] =>
    formats.map((format, i) => {
      const mark = arena.take(roomFor(count, 8))
      arena.elements({ inputs: [format], formula: element.input(0), output: "F64" }, mark, count, [must(at[i], "input") + from * inputBytes[format]])
      const values = new Float64Array(arena.buffer(), mark, count).slice()
      arena.rewind(mark)
      return values
    })

  /** What `quantile.ts` counts of some blocks, by kernels; whole numbers, so it does not matter which block comes first. */
  const counts = (cuts: readonly Cut[], { formulas, inputs }: Formulas, buckets: readonly (readonly number[])[] | undefined): unknown => {
    const by = buckets === undefined ? "upper" : "lower"
    const mark = arena.take(0)
    const tables = formulas.map((_, list) => (buckets?.[list] ?? [0]).map((bucket) => ({ bucket, at: arena.take(4 * bucketsBy[by]) })))
    for (const { at } of tables.flat()) new Uint8Array(arena.buffer(), at, 4 * bucketsBy[by]).fill(0)
    const specs: (ElementsSpec | undefined)[] = formulas.map(() => undefined)
    for (const piece of cuts.flatMap(piecesOf)) {
      placing(inputs, piece, ({ at, formats }) => {
        const sizes = arena.take(roomFor(piece.length, 4))
        formulas.forEach((formula, list) => {
          if (tables[list]?.length === 0) return
          arena.elements((specs[list] ??= { inputs: formats, formula, output: "F32" }), sizes, piece.length, at)
          const whole = piece.length - (piece.length % 4)
          const rest = new Uint32Array(arena.buffer(), sizes + 4 * whole, piece.length - whole)
          for (const { bucket, at: table } of tables[list] ?? []) {
            arena.count(by, table, sizes, whole, bucket)
            const into = new Uint32Array(arena.buffer(), table, bucketsBy[by])
            for (const bits of rest) if (by === "upper") into[bits >>> 15]!++
            else if (bits >>> 15 === bucket) into[bits & 0x7fff]!++
          }
        })
      })
    }
    const found = tables.map((list) => list.map(({ at }) => Float64Array.from(new Uint32Array(arena.buffer(), at, bucketsBy[by]))))
    arena.rewind(mark)
    return buckets === undefined ? found.map(([only]) => only) : found
  }

  const measure = (): Measuring<AnyBlock, unknown> | undefined => method.measure?.(site) as Measuring<AnyBlock, unknown> | undefined
  const formulasOf = new WeakMap<Kernels, Formulas>()
  /** What one pass gives of some blocks, added in their order to what it gave of those before them. */
  const passed = (pass: AnyPass, cuts: readonly Cut[], before?: unknown): unknown => {
    const { kernels } = pass
    const plus = (total: unknown, one: unknown): unknown => (total === undefined ? one : pass.plus(total, one))
    if (kernels === undefined) return cuts.reduce((total, cut) => plus(total, blockwise(cut, (block) => pass.of(block))), before)
    const formulas = formulasOf.get(kernels) ?? inputsOf(kernels.kind === "sums" ? kernels.formulas : kernels.sizes)
    formulasOf.set(kernels, formulas)
    if (kernels.kind === "counts") return plus(before, counts(cuts, formulas, kernels.buckets))
    return cuts.reduce((total, cut) => plus(total, sums(cut, formulas)), before)
  }

  /** The merged element as a formula, where the method has one. */
  const mergedFormula = (measured: unknown): Formulas | undefined => {
    const { how } = method
    const merged = (of: Leaves): Element => (how.form === "linear" ? linearFormula(how.combination(site, measured as never), tree, of) : must(how.formula?.(site, measured as never, of), "formula"))
    return how.form !== "linear" && how.formula === undefined ? undefined : inputsOf((of) => [work.arithmetic === "f32" ? inF32(merged(of)) : merged(of)])
  }

  return {
    measure,
    passed,
    /** Over the blocks in their order, whatever is measured over a tensor; what is measured over a model is there already. */
    measured: (cuts: readonly Cut[]): unknown => {
      if (method.span?.(work.params as never) === "model") return whole.get(wholeKey(work))
      let now = measure()
      while (now !== undefined && !now.known) now = now.then(passed(now, cuts))
      return now?.value
    },
    /** What writes the merged elements of a block into a region, in the output's format. */
    merging: (measured: unknown): ((cut: Cut, out: number) => void) => {
      const merged = mergedFormula(measured)
      if (merged === undefined) {
        return (cut, out) =>
          blockwise(cut, (block) => {
            const exact = arena.take(roomFor(cut.length, 8))
            blendBlock(method, block, measured, tree, new Float64Array(arena.buffer(), exact, cut.length))
            arena.elements({ inputs: ["F64"], formula: element.input(0), output }, out, cut.length, [exact])
          })
      }
      const formula = must(merged.formulas[0], "formula")
      let spec: ElementsSpec | undefined
      return (cut, out) => {
        for (const piece of piecesOf(cut)) {
          placing(merged.inputs, piece, ({ at, formats }) => {
            const to = out + (piece.start - cut.start) * formatBytes[output]
            if ("input" in formula && formats[0] === output) copyWithin(to, must(at[0], "input"), piece.length * formatBytes[output])
            else arena.elements((spec ??= { inputs: formats, formula, output }), to, piece.length, at)
          })
        }
      }
    },
  }

  function copyWithin(to: number, from: number, bytes: number): void {
    new Uint8Array(arena.buffer()).copyWithin(to, from, from + bytes)
  }
}

const piecesOf = ({ start, length }: Cut): readonly Cut[] =>
  Array.from({ length: Math.ceil(length / pieceElements) }, (_, i) => ({ start: start + i * pieceElements, length: Math.min(pieceElements, length - i * pieceElements) }))

/** Adds fewer elements than a step to four sums of each formula, as a loop does that takes four at a time and the last ones alone. */
const addRest = (four: Float64Array, formulas: readonly Element[], values: readonly Float64Array[], count: number): void =>
  formulas.forEach((formula, i) => {
    for (let k = 0; k < count; k++) four[4 * i + (k < count - (count % 4) ? k % 4 : 0)]! += evaluate(formula, (input) => values[input]?.[k] as number)
  })
