/**
 * The measuring of a tensor's method and its merged blocks, in one arena: formulas are calculated by kernels in pieces that stay in the
 * processor's cache, wherever the numbers come from. SPEC F5, M2 to M4.
 */
import {
  bucketsBy, canonical, element, evaluate, formatBytes, inF32, inputBytes, must, NodeFailure, roomFor, stepElements, sumRun, sumsAt, type Arena, type Element, type ElementsSpec, type FloatFormat, type InputFormat,
  type Json, type Random, type SumsSpec,
} from "#src"
import { blockLength, type Cut } from "./blocks.ts"
import { mergedElement, totalOf, withInputs, type Formulas, type Input, type Sources } from "./formula-inputs.ts"
import { measuringOf, type Measured } from "./measured.ts"
import { plusTotals, type Kernels, type Measuring, type Pass, type Totals } from "./measuring.ts"
import { judgeResults } from "./judge-results.ts"
import { numbersAt, type Loaded } from "./loaded.ts"
import type { Entry, Leaves, Method, Place, Site } from "./method.ts"
import { noOverflow, plusOverflow, type Overflow } from "./overflow.ts"
import { leavesOf, sumTree, type SumTree } from "./sum-tree.ts"

/** A source of numbers `S` brought into the arena. */
export interface Loading<S> {
  readonly arena: Arena
  /** Elements [start, start + count). */
  readonly load: (source: S, start: number, count: number) => Loaded
  /** One element as it is stored, of a source whose numbers `load` rounds. */
  readonly stored?: (source: S, at: number) => number | undefined
  /** Elements read at a time, a multiple of `sumRun`; for tests. */
  readonly pieceElements?: number
}

type Values = { readonly [param: string]: Json }

interface Found {
  readonly value: unknown
}

export interface Work<S> {
  readonly method: Method
  readonly params: Values
  /** In which merged elements are calculated; absent: f64. */
  readonly arithmetic?: "f32"
  readonly base: S | undefined
  /** As they are listed. */
  readonly models: readonly { readonly id: string; readonly params: Values; readonly source: S; readonly companions: { readonly [name: string]: S }; readonly found?: Found }[]
  /** What was measured of the models together, where it is there already; `found` of a model: what was of it alone. */
  readonly found?: Found
  /** See `Sources`. */
  readonly sums?: readonly S[]
  /** Of the merge; forked for the tensor. */
  readonly random: Random
}

/** Elements read at a time: a few such pieces fit the cache of one core. Whole runs of sums, so that none is cut. */
const ordinaryPiece = 32 * sumRun

const treeOf = (models: Work<unknown>["models"]): SumTree => sumTree(models.map(({ id }) => id), models.map((model) => canonical(model.params)))

/** Places of the models, in the order in which the method is given them. */
export const orderOf = ({ symmetric }: Pick<Method, "symmetric">, models: Work<unknown>["models"]): readonly number[] => (symmetric ? leavesOf(treeOf(models)) : models.map((_, i) => i))

/** Models in the order in which the method is given them, and the order of sums over them. */
const sited = <S>(tensor: Place, { method, params, base, models }: Work<S>) => {
  const ordered = orderOf(method, models).map((i) => must(models[i], "model"))
  const site: Site<never, never> = { tensor, params: params as never, models: ordered.map(({ id, params }): Entry<never> => ({ id, params: params as never })), based: base !== undefined }
  return { site, models: ordered, tree: treeOf(ordered) }
}

/** Bytes of arena that blocks of `length` elements take at most, beside what is loaded: words, sizes, counts, sums, what is made of rows. */
export const roomOfWork = ({ sees }: Pick<Method, "sees">, models: number, length: number): number =>
  (models + 1) * (roomFor(length, 4) + 64) + (models + 3) * (4 * bucketsBy.upper + 64) + 64 * models * (models + 4) + 256 + (sees === "element" ? 0 : (3 * models + 2) * roomFor(length, 8))

/** Elements of a tensor that are loaded at a time. */
export const pieceLength = (tensor: Pick<Place, "shape">, { sees }: Pick<Method, "sees">, length: number, elements = ordinaryPiece): number => Math.min(length, blockLength(tensor.shape, sees, elements))

export type TensorBlocks = ReturnType<typeof blocksOfTensor>

export const blocksOfTensor = <S>(tensor: Place, work: Work<S>, { arena, load, stored, pieceElements }: Loading<S>) => {
  const { method } = work
  const { site, models, tree } = sited(tensor, work)
  const stream = work.random.fork(tensor.name)
  const sources: Sources<S> = { models, base: work.base, ...(work.sums === undefined ? {} : { sums: work.sums }) }
  const inputsOf = (make: (of: Leaves) => readonly Element[]): Formulas<S> => withInputs(sources, tree, make)
  const piecesOf = ({ start, length }: Cut): readonly Cut[] => {
    const step = pieceLength(tensor, method, length, pieceElements)
    return Array.from({ length: Math.ceil(length / step) }, (_, i) => ({ start: start + i * step, length: Math.min(step, length - i * step) }))
  }

  /** Lets `use` work on a run of elements of some inputs, and takes back their memory. */
  const placing = (inputs: readonly Input<S>[], piece: Cut, use: (at: readonly number[], formats: readonly InputFormat[]) => void): void => {
    const mark = arena.take(0)
    const [at, formats]: [number[], InputFormat[]] = [[], []]
    for (const input of inputs) {
      const placed = place(input, piece, at, formats)
      at.push(placed.at)
      formats.push(placed.format)
    }
    use(at, formats)
    arena.rewind(mark)
  }

  const place = (input: Input<S>, { start, length }: Cut, before: readonly number[], formats: readonly InputFormat[]): Loaded => {
    if (input._tag === "source") return load(input.source, start, length)
    if (input._tag === "made") {
      const values = input.of.map((formula) => {
        const at = arena.take(roomFor(length, 8))
        arena.elements({ inputs: [...formats], formula, output: "F64" }, at, length, before)
        return at
      })
      const at = arena.take(roomFor(length, 8))
      const numbers = (from: number): Float64Array => new Float64Array(arena.buffer(), from, length)
      input.make(values.map(numbers), numbers(at))
      return { at, format: "F64" }
    }
    const over = start % 4
    const at = arena.take(roomFor(length + over, 4) + 64)
    arena.words(stream.fork(input.label).stream, at, (start - over) / 4, length + over)
    return { at: at + 4 * over, format: "U32" }
  }

  /** Sums of a block; the few elements over at its end are added by the language's own arithmetic. */
  const sums = (cut: Cut, { formulas, inputs }: Formulas<S>): Totals => {
    const [bytes, eights] = [sumsAt.bytes * formulas.length, sumsAt.bytes / 8]
    const zeros = (): number => {
      const at = arena.take(bytes)
      new Uint8Array(arena.buffer(), at, bytes).fill(0)
      return at
    }
    const numbers = (at: number): Float64Array => new Float64Array(arena.buffer(), at, bytes / 8)
    const totals = zeros()
    let spec: SumsSpec | undefined
    for (const piece of piecesOf(cut)) {
      placing(inputs, piece, (at, formats) => {
        const now = (spec ??= { inputs: formats, formulas })
        const over = piece.length % stepElements
        const whole = over === 0 ? piece.length : piece.length - (piece.length % sumRun)
        arena.sums(now, 0, whole, at, totals)
        if (over === 0) return
        const last = zeros()
        arena.sums(now, whole, piece.length - over - whole, at, last)
        const rest = valuesAt(formats, at, piece.length - over, over)
        formulas.forEach((formula, i) => {
          const four = numbers(last).subarray(eights * i + sumsAt.four / 8)
          for (let k = 0; k < over; k++) four[k < over - (over % 4) ? k % 4 : 0]! += evaluate(formula, (input) => rest[input]?.[k] as number)
          numbers(totals)[eights * i]! += four[0]! + four[1]! + (four[2]! + four[3]!)
        })
      })
    }
    const found = Float64Array.from(formulas, (_, i) => numbers(totals)[eights * i] as number)
    // One number that is none would make all of the tensor so.
    if (!found.every(Number.isFinite)) throw new NodeFailure(`tensor ${tensor.name}: expected finite numbers, over which ${method.name} takes sums, got NaN or infinity among them`)
    arena.rewind(totals)
    return [[found]]
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

  /** Counts of some blocks (`quantile.ts`); whole numbers, so it does not matter which block comes first. */
  const counts = (cuts: readonly Cut[], { formulas, inputs }: Formulas<S>, buckets: readonly (readonly number[])[] | undefined): Totals => {
    const by = buckets === undefined ? "upper" : "lower"
    const mark = arena.take(0)
    const tables = formulas.map((_, list) => (buckets?.[list] ?? [0]).map((bucket) => ({ bucket, at: arena.take(4 * bucketsBy[by]) })))
    for (const { at } of tables.flat()) new Uint8Array(arena.buffer(), at, 4 * bucketsBy[by]).fill(0)
    const specs: (ElementsSpec | undefined)[] = formulas.map(() => undefined)
    for (const piece of cuts.flatMap(piecesOf)) {
      placing(inputs, piece, (at, formats) => {
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
    return found
  }

  const formulasOf = new WeakMap<Kernels, Formulas<S>>()
  /** What one pass gives of some blocks, added in their order to what it gave of those before them. */
  const passed = ({ kernels }: Pass<unknown>, cuts: readonly Cut[], before?: Totals): Totals | undefined => {
    const formulas = formulasOf.get(kernels) ?? inputsOf(kernels.kind === "sums" ? kernels.formulas : kernels.sizes)
    formulasOf.set(kernels, formulas)
    const plus = (total: Totals | undefined, one: Totals): Totals => (total === undefined ? one : plusTotals(total, one))
    if (kernels.kind === "counts") return plus(before, counts(cuts, formulas, kernels.buckets))
    return cuts.reduce<Totals | undefined>((total, cut) => plus(total, sums(cut, formulas)), before)
  }

  /** What writes a formula of a block's elements into a region, and says which had no room. */
  const writing = (make: (of: Leaves) => Element, output: FloatFormat): ((cut: Cut, out: number) => Overflow) => {
    const { formulas, inputs } = inputsOf((of) => [make(of)])
    const formula = must(formulas[0], "formula")
    let spec: ElementsSpec | undefined
    return (cut, out) => {
      let overflow = noOverflow
      for (const piece of piecesOf(cut)) {
        placing(inputs, piece, (at, formats) => {
          const to = out + (piece.start - cut.start) * formatBytes[output]
          if ("input" in formula && formats[formula.input] === output) copyWithin(to, must(at[formula.input], "input"), piece.length * formatBytes[output])
          else if (arena.elements((spec ??= { inputs: formats, formula, output }), to, piece.length, at)) overflow = plusOverflow(overflow, judged({ format: output, at: to }, formula, inputs, at, formats, piece))
        })
      }
      return overflow
    }
  }
  /** Of results that are not all finite. */
  const judged = (made: Loaded, formula: Element, inputs: readonly Input<S>[], at: readonly number[], formats: readonly InputFormat[], { start, length }: Cut): Overflow => {
    const numbers = (loaded: Loaded): ArrayLike<number> => numbersAt(loaded, arena.buffer(), length)
    const operands = inputs.map((input, i) => ({ input, values: numbers({ format: must(formats[i], "format"), at: must(at[i], "input") }) }))
    return judgeResults({ tensor: tensor.name, sources: work, formula, results: numbers(made), operands, stored: (source, k) => stored?.(source, start + k) })
  }
  const copyWithin = (to: number, from: number, bytes: number): void => void new Uint8Array(arena.buffer()).copyWithin(to, from, from + bytes)

  const measure = (): Measuring<Measured> => measuringOf(method, site, { ...(work.found === undefined ? {} : { all: work.found }), each: models.map((model) => model.found) })
  const merged = (measured: Measured, of: Leaves): Element => {
    const formula = mergedElement(method, site, measured, of)
    return work.arithmetic === "f32" ? inF32(formula) : formula
  }

  /** A step is a block, or all of them where they are counted: a table of counts is not cleared and read for each. */
  const measuring = function* (cuts: readonly Cut[]): Generator<void, Measured> {
    let now = measure()
    while (!now.known) {
      let totals: Totals | undefined
      for (const part of now.kernels.kind === "counts" ? [cuts] : cuts.map((cut) => [cut])) {
        totals = passed(now, part, totals)
        yield
      }
      now = now.then(totals)
    }
    return now.value
  }

  return {
    measure,
    passed,
    /** All passes over some blocks, a step at a time. Between steps nothing of them is in the arena. */
    measuring,
    measured: (cuts: readonly Cut[]): Measured => {
      const steps = measuring(cuts)
      let step = steps.next()
      while (step.done !== true) step = steps.next()
      return step.value
    },
    /** What writes the merged elements of a block into a region, in the output's format. */
    merging: (measured: Measured, output: FloatFormat) => writing((of) => merged(measured, of), output),
    /** The same of what the models give to sum number `sum`, in f64; undefined where none gives anything. */
    summing: ({ models: measured }: Measured, sum: number) => {
      let some = true
      inputsOf((of) => ((some = totalOf(method, site, measured, of) !== undefined), []))
      return some ? writing((of) => must(totalOf(method, site, measured, of)?.[sum], "sum"), "F64") : undefined
    },
  }
}
