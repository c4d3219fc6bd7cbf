/**
 * The header of a safetensors file, and what it says: which tensor lies where. Files of one layout differ only in the
 * bytes of their tensors, so whoever writes or reads many of them needs to make or understand the header once.
 */
import * as E from "fp-ts/lib/Either.js"
import { canonical, type Json } from "./json.ts"
import { bytesPerElement, sizeOf, type Dtype, type NdArray, type Shape, type Tensors } from "./ndarray.ts"

const stored: Readonly<Record<Dtype, string>> = { f32: "F32", i32: "I32", u8: "U8", bool: "BOOL", f16: "F16", bf16: "BF16" }
const loaded: Readonly<Record<string, Dtype>> = { F32: "f32", I32: "i32", U8: "u8", BOOL: "bool", F16: "f16", BF16: "bf16" }

/** A header may not be larger than this, as in the reference implementation. */
export const maxHeaderBytes = 100_000_000

export type Metadata = { readonly [key: string]: string }

export interface TensorFile {
  readonly tensors: Tensors
  readonly metadata: Metadata
}

/** A tensor of the file; `start` and `end` count from the first byte after the header. */
export interface Place {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: Shape
  readonly start: number
  readonly end: number
}

export interface Layout {
  /** With its length in front and its padding. */
  readonly header: Uint8Array
  readonly metadata: Metadata
  /** In the order of the header. */
  readonly places: readonly Place[]
  /** Bytes after the header, every one of which belongs to one tensor. */
  readonly body: number
}

/** The layout in which these tensors are written: names sorted, the header padded to 8 bytes with spaces. */
export const layoutOf = ({ tensors, metadata }: TensorFile): Layout => {
  const places: Place[] = []
  let body = 0
  const members: Record<string, Json> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  for (const name of Object.keys(tensors).sort()) {
    const { dtype, shape, data } = tensors[name] as NdArray
    const end = body + data.byteLength
    members[name] = { dtype: stored[dtype], shape: [...shape], data_offsets: [body, end] }
    places.push({ name, dtype, shape: Object.freeze([...shape]), start: body, end })
    body = end
  }
  const text = new TextEncoder().encode(canonical(members))
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  header.set(text, 8)
  return { header, metadata: { ...metadata }, places, body }
}

/** Whether `layoutOf` would give this layout, down to the dtype and shape of every tensor. */
export const isLayoutOf = (layout: Layout, { tensors, metadata }: TensorFile): boolean => {
  let count = 0
  for (const _ in tensors) count++
  const { places } = layout
  if (count !== places.length) return false
  for (const { name, dtype, shape } of places) {
    const array = tensors[name]
    if (array === undefined || array.dtype !== dtype || !isSameShape(array.shape, shape)) return false
  }
  return isSameRecord(layout.metadata, metadata)
}

/** Whether `bytes` are a file of this layout. */
export const hasLayout = (bytes: Uint8Array, { header, body }: Layout): boolean => {
  if (bytes.length !== header.length + body) return false
  // From behind, where headers of one kind differ first.
  for (let i = header.length - 1; i >= 0; i--) if (bytes[i] !== header[i]) return false
  return true
}

/** Left says what is wrong with the file. */
export const readLayout = (bytes: Uint8Array): E.Either<string, Layout> => {
  if (bytes.length < 8) return E.left(`a safetensors file has at least 8 bytes, got ${bytes.length}`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (length > maxHeaderBytes || 8 + length > bytes.length) return E.left(`header of ${length} bytes does not fit a file of ${bytes.length}`)
  const header = E.tryCatch(() => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length))) as unknown, String)
  if (E.isLeft(header)) return E.left(`header is not JSON: ${header.left}`)
  if (typeof header.right !== "object" || header.right === null) return E.left("header is not a JSON object")
  const { __metadata__: metadata = {}, ...entries } = header.right as { readonly [name: string]: unknown }
  if (!isTextRecord(metadata)) return E.left("__metadata__ is not a record of texts")
  const body = bytes.length - 8 - length
  const places: Place[] = []
  for (const [name, entry] of Object.entries(entries)) {
    const place = readPlace(name, entry, body)
    if (E.isLeft(place)) return place
    places.push(place.right)
  }
  // The bytes must be covered exactly once: no holes, nothing shared.
  let covered = 0
  for (const { name, start, end } of [...places].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) return E.left(`tensor ${name}: starts at byte ${start}, expected ${covered}`)
    covered = end
  }
  return covered === body ? E.right({ header: bytes.slice(0, 8 + length), metadata, places, body }) : E.left(`tensors end at byte ${covered} of ${body}`)
}

const readPlace = (name: string, entry: unknown, body: number): E.Either<string, Place> => {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
  const type = loaded[String(dtype)]
  if (type === undefined) return E.left(`tensor ${name}: dtype ${dtype} is not one of ${Object.keys(loaded).join(", ")}`)
  if (!Array.isArray(shape) || !shape.every(isExtent)) return E.left(`tensor ${name}: bad shape`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isExtent)) return E.left(`tensor ${name}: bad data_offsets`)
  const [start, end] = offsets as [number, number]
  const bytes = sizeOf(shape) * bytesPerElement[type]
  if (end > body || end - start !== bytes) return E.left(`tensor ${name}: bytes ${start} to ${end} do not hold ${bytes} bytes within ${body}`)
  return E.right({ name, dtype: type, shape: Object.freeze(shape) as Shape, start, end })
}

const isExtent = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0

const isTextRecord = (value: unknown): value is Metadata =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((member) => typeof member === "string")

const isSameShape = (a: Shape, b: Shape): boolean => {
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

const isSameRecord = (a: Metadata, b: Metadata): boolean => {
  let [inA, inB] = [0, 0]
  for (const key in a) {
    if (a[key] !== b[key]) return false
    inA++
  }
  for (const _ in b) inB++
  return inA === inB
}
