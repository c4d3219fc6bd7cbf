/**
 * The header of a safetensors file, and what it says: which tensor lies where. Files of one layout differ only in the
 * bytes of their tensors, so whoever writes or reads many of them needs to make or understand the header once.
 */
import * as E from "fp-ts/lib/Either.js"
import { canonical, type Json } from "./json.ts"
import type { Dtype, NdArray, Shape, Tensors } from "./ndarray.ts"
import { describeHeaderFault, parseHeader, type StoredDtype } from "./safetensors-header.ts"

const stored: Readonly<Record<Dtype, StoredDtype>> = { f32: "F32", i32: "I32", u8: "U8", bool: "BOOL", f16: "F16", bf16: "BF16" }
const loaded: { readonly [name in StoredDtype]?: Dtype } = { F32: "f32", I32: "i32", U8: "u8", BOOL: "bool", F16: "f16", BF16: "bf16" }

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
  /** In the order of their bytes. */
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
  const header = parseHeader(bytes, bytes.length)
  if (E.isLeft(header)) return E.left(describeHeaderFault(header.left))
  const { entries, metadata, bodyStart } = header.right
  const places: Place[] = []
  for (const { name, dtype, shape, start, end } of entries) {
    const type = loaded[dtype]
    if (type === undefined) return E.left(`tensor ${name}: dtype ${dtype} is not one of ${Object.keys(loaded).join(", ")}`)
    places.push({ name, dtype: type, shape: Object.freeze(shape), start, end })
  }
  return E.right({ header: bytes.slice(0, bodyStart), metadata, places, body: bytes.length - bodyStart })
}

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
