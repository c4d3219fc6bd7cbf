/**
 * One WebAssembly memory that files are read into, kernels work in and files are written from: no number is copied on its way but by
 * the system. Regions are given out one after another and all taken back at once. SPEC F5.
 */
import { assert } from "../../base/assert.ts"
import { bucketsBy, emitCounts, type CountBy } from "./counts.ts"
import { shapeOf, type Element } from "./element.ts"
import { emitElements, type ElementsSpec } from "./elements.ts"
import { firstOf, type First } from "./first-in-f32.ts"
import { hugePageBytes, hugePages, thisSystem } from "./huge-pages.ts"
import { inputBytes, stepElements, type InputFormat } from "./float-format.ts"
import { scratchBytes, writeTable } from "./listed.ts"
import { emitWords, wordsOfStep } from "./random-words.ts"
import { emitSums, type SumsSpec } from "./sums.ts"

/** What this file uses of WebAssembly; neither the language's library nor Node's types declare it. */
interface Wasm {
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly [name: string]: unknown } }
}

const pageBytes = 2 ** 16
/** Memory begins anywhere in a large page: with as much before and after all regions, they lie in whole ones. */
export const edgeBytes = hugePageBytes
/** Less memory is not worth asking for large pages. */
const leastHuge = 2 * hugePageBytes
/** That can be reserved: one memory has 4 GiB less one of its pages. */
export const mostArenaBytes = 2 ** 32 - 2 ** 16 - 2 * edgeBytes
/** Regions begin at multiples of a cache line. */
const alignment = 64

export interface Arena {
  /** All of it. Not valid any more after `reserve`. */
  readonly buffer: () => ArrayBuffer
  /** Takes back every region, and makes room for `bytes` more. Nothing may be reading into the memory meanwhile. */
  readonly reserve: (bytes: number) => void
  /** The offset of a new region. */
  readonly take: (bytes: number) => number
  /** Takes back the region at `at` and all that were given out after it. */
  readonly rewind: (at: number) => void
  /**
   * The formula of `count` elements; inputs begin at `at`. Regions have room for a few elements more (`roomFor`). Whether a NaN
   * or an infinity came out; if so, perhaps only among those few.
   */
  readonly elements: (spec: ElementsSpec, out: number, count: number, at: readonly number[]) => boolean
  /** Adds the sums of elements [from, from + count), whole steps, to what is at `out` (`sumsAt`): totals, and the four sums of the last run. */
  readonly sums: (spec: SumsSpec, from: number, count: number, at: readonly number[], out: number) => void
  /** Adds to `counts`, one of 32 bits for each bucket; `count` is a multiple of 4. `bucket` is for counting by lower bits. */
  readonly count: (by: CountBy, counts: number, sizes: number, count: number, bucket: number) => void
  /** Words of blocks from `counter` on (below 2^32) of a random stream, `count` of them and up to 15 more. */
  readonly words: (stream: { readonly key: readonly [number, number]; readonly high: readonly [number, number] }, out: number, counter: number, count: number) => void
}

type Kernel = (...values: readonly number[]) => number | undefined

/** Bytes of a region for `count` elements of `bytes` each, with room for what kernels read and write beyond the end. */
export const roomFor = (count: number, bytes: number): number => Math.ceil(((count + 2 * stepElements) * bytes) / alignment) * alignment

export const makeArena = (): Arena => {
  const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly
  const memory = new Memory({ initial: 1 })
  writeTable(memory.buffer)
  const kernels = new Map<string, Kernel>()
  /** Of formulas that were run before: what they are run with. */
  const known = new WeakMap<object, { readonly run: Kernel; readonly numbers: readonly number[] }>()
  let taken: number = scratchBytes
  const kernel = (key: string, emit: () => Uint8Array<ArrayBuffer>): Kernel => {
    const run = kernels.get(key) ?? (new Instance(new Module(emit()), { io: { memory } }).exports["run"] as Kernel)
    kernels.set(key, run)
    return run
  }
  const compiled = <Spec extends object>(spec: Spec, formulas: readonly Element[], name: string, emit: (spec: Spec) => Uint8Array<ArrayBuffer>, first: () => First | undefined = () => undefined) => {
    const before = known.get(spec)
    if (before !== undefined) return before
    const { key, numbers } = shapeOf(formulas)
    const more = first()
    const made = { run: kernel(`${name}/${more?.way}/${key}`, () => emit(spec)), numbers: [...numbers, ...(more?.numbers ?? [])] }
    known.set(spec, made)
    return made
  }
  return {
    buffer: () => memory.buffer,
    reserve: (bytes) => {
      const edge = bytes < leastHuge ? 0 : edgeBytes
      taken = Math.max(scratchBytes, edge)
      const pages = Math.ceil((taken + bytes + edge - memory.buffer.byteLength) / pageBytes)
      if (pages <= 0) return
      memory.grow(pages)
      if (edge > 0) hugePages(thisSystem)?.advise(memory.buffer)
    },
    take: (bytes) => {
      const at = taken
      taken += Math.ceil(bytes / alignment) * alignment
      assert(taken <= memory.buffer.byteLength, "regions within what was reserved")
      return at
    },
    rewind: (at) => {
      assert(at <= taken, "a region that was given out")
      taken = at
    },
    elements: (spec, out, count, at) => {
      assert(at.length === spec.inputs.length, "one place for each input")
      const { run, numbers } = compiled(spec, [spec.formula], `${spec.inputs.join()}/${spec.output}`, emitElements, () => firstOf(spec.inputs, spec.formula, spec.output))
      return count > 0 && run(out, Math.ceil(count / stepElements), ...at, ...numbers) === 1
    },
    sums: (spec, from, count, at, out) => {
      const { inputs, formulas } = spec
      assert(count % stepElements === 0 && at.length === inputs.length, "whole steps, and a place for each input")
      const { run, numbers } = compiled(spec, formulas, `sums/${inputs.join()}`, emitSums)
      if (count > 0) run(out, count / stepElements, ...at.map((offset, i) => offset + from * inputBytes[inputs[i] as InputFormat]), ...numbers)
    },
    count: (by, counts, sizes, count, bucket) => {
      assert(count % 4 === 0 && bucket < bucketsBy.upper, "whole steps of a bucket that there is")
      if (count > 0) kernel(`counts/${by}`, () => emitCounts(by))(counts, count / 4, sizes, bucket)
    },
    words: ({ key, high }, out, counter, count) => {
      assert(counter + count / 4 < 2 ** 32, "counters of one word")
      if (count > 0) kernel("words", emitWords)(out, Math.ceil(count / wordsOfStep), counter, ...high, ...key)
    },
  }
}
