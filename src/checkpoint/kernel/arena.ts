/**
 * One WebAssembly memory that files are read into, kernels work in and files are written from: no number is copied on its way but by
 * the system. Regions are given out one after another and all taken back at once. SPEC F5.
 */
import { assert } from "../../base/assert.ts"
import { emitCombine, type CombineSpec } from "./combine.ts"
import { formatBytes, stepElements } from "./float-format.ts"
import { emitGram, pairsOf, type GramSpec } from "./gram.ts"

/** What this file uses of WebAssembly; neither the language's library nor Node's types declare it. */
interface Wasm {
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly [name: string]: unknown } }
}

const pageBytes = 2 ** 16
/** Regions begin at multiples of a cache line. */
const alignment = 64

export interface Term {
  /** Byte offset of the input's first element. */
  readonly at: number
  readonly coefficient: number
}

export interface Arena {
  /** All of it. Not valid any more after `reserve`. */
  readonly buffer: () => ArrayBuffer
  /** Takes back every region, and makes room for `bytes` more. Nothing may be reading into the memory meanwhile. */
  readonly reserve: (bytes: number) => void
  /** The offset of a new region. */
  readonly take: (bytes: number) => number
  /** Takes back the region at `at` and all that were given out after it. */
  readonly rewind: (at: number) => void
  /** `out = (sum of coefficient * input) / divisor` over `count` elements; regions have room for a few elements more (`roomFor`). */
  readonly combine: (spec: CombineSpec, out: number, count: number, terms: readonly Term[], divisor: number) => void
  /**
   * Inner products of pairs (i, j <= i) over elements [from, from + count), a whole number of steps, of vectors (and at last the
   * base) that begin at `at`. `scratch` has room for 32 bytes a pair.
   */
  readonly gram: (spec: GramSpec, from: number, count: number, at: readonly number[], scratch: number) => Float64Array
}

/** Bytes of a region for `count` elements of `bytes` each, with room for what kernels read and write beyond the end. */
export const roomFor = (count: number, bytes: number): number => Math.ceil(((count + stepElements) * bytes) / alignment) * alignment

export const makeArena = (): Arena => {
  const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly
  const memory = new Memory({ initial: 1 })
  const kernels = new Map<string, (...values: readonly number[]) => void>()
  let taken = 0
  const kernel = <Spec>(spec: Spec, emit: (spec: Spec) => Uint8Array<ArrayBuffer>): ((...values: readonly number[]) => void) => {
    const key = JSON.stringify(spec)
    const known = kernels.get(key)
    if (known !== undefined) return known
    const run = new Instance(new Module(emit(spec)), { io: { memory } }).exports["run"] as (...values: readonly number[]) => void
    kernels.set(key, run)
    return run
  }
  return {
    buffer: () => memory.buffer,
    reserve: (bytes) => {
      taken = 0
      const pages = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes)
      if (pages > 0) memory.grow(pages)
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
    combine: (spec, out, count, terms, divisor) => {
      assert(terms.length === spec.inputs.length, "one place for each input")
      if (count > 0) kernel(spec, emitCombine)(out, Math.ceil(count / stepElements), divisor, ...terms.flatMap(({ at, coefficient }) => [at, coefficient]))
    },
    gram: (spec, from, count, at, scratch) => {
      const inputs = spec.base === undefined ? spec.vectors : [...spec.vectors, spec.base]
      assert(count % stepElements === 0 && at.length === inputs.length, "whole steps, and a place for each vector and the base")
      kernel(spec, emitGram)(scratch, count / stepElements, ...at.map((offset, i) => offset + from * formatBytes[inputs[i] as keyof typeof formatBytes]))
      const sums = new Float64Array(memory.buffer, scratch, 4 * pairsOf(spec.vectors.length))
      return Float64Array.from({ length: sums.length / 4 }, (_, pair) => sums[4 * pair]! + sums[4 * pair + 1]! + (sums[4 * pair + 2]! + sums[4 * pair + 3]!))
    },
  }
}
