/**
 * The safetensors format (huggingface/safetensors): 8 bytes little-endian header length, a JSON header, then the
 * tensors' bytes back to back. Pure: bytes in, bytes out. Written in one canonical order (names sorted, header padded
 * to 8 bytes with spaces), so equal contents are equal bytes.
 */
import * as E from "fp-ts/lib/Either.js"
import { canonical, type Json } from "./json.ts"
import { bytesOf, bytesPerElement, makeElements, sizeOf, type Dtype, type NdArray, type Tensors } from "./ndarray.ts"

const stored: Readonly<Record<Dtype, string>> = { f32: "F32", i32: "I32", u8: "U8", bool: "BOOL", f16: "F16", bf16: "BF16" }
const loaded: Readonly<Record<string, Dtype>> = { F32: "f32", I32: "i32", U8: "u8", BOOL: "bool", F16: "f16", BF16: "bf16" }

/** A header may not be larger than this, as in the reference implementation. */
export const maxHeaderBytes = 100_000_000

export interface TensorFile {
  readonly tensors: Tensors
  readonly metadata: { readonly [key: string]: string }
}

/** The file as chunks (header first, then one chunk a tensor), not copied together. */
export const encodeSafetensors = ({ tensors, metadata }: TensorFile): readonly Uint8Array[] => {
  const names = Object.keys(tensors).sort()
  let offset = 0
  const header: Record<string, Json> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  for (const name of names) {
    const array = tensors[name] as NdArray
    header[name] = { dtype: stored[array.dtype], shape: [...array.shape], data_offsets: [offset, offset + array.data.byteLength] }
    offset += array.data.byteLength
  }
  const text = new TextEncoder().encode(canonical(header))
  const padded = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20)
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true)
  padded.set(text, 8)
  return [padded, ...names.map((name) => bytesOf(tensors[name] as NdArray))]
}

/** Left says what is wrong with the file. Elements are copied out, so `bytes` may be reused. */
export const decodeSafetensors = (bytes: Uint8Array): E.Either<string, TensorFile> => {
  if (bytes.length < 8) return E.left(`a safetensors file has at least 8 bytes, got ${bytes.length}`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (length > maxHeaderBytes || 8 + length > bytes.length) return E.left(`header of ${length} bytes does not fit a file of ${bytes.length}`)
  const header = E.tryCatch(() => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length))) as unknown, String)
  if (E.isLeft(header)) return E.left(`header is not JSON: ${header.left}`)
  if (typeof header.right !== "object" || header.right === null) return E.left("header is not a JSON object")
  const body = bytes.subarray(8 + length)
  const { __metadata__: metadata = {}, ...entries } = header.right as { readonly [name: string]: unknown }
  if (!isTextRecord(metadata)) return E.left("__metadata__ is not a record of texts")
  const tensors: Record<string, NdArray> = {}
  const spans: (readonly [start: number, end: number, name: string])[] = []
  for (const [name, entry] of Object.entries(entries)) {
    const tensor = readTensor(name, entry, body)
    if (E.isLeft(tensor)) return tensor
    tensors[name] = tensor.right.array
    spans.push([tensor.right.start, tensor.right.end, name])
  }
  // The bytes must be covered exactly once: no holes, nothing shared.
  let end = 0
  for (const [start, next, name] of spans.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (start !== end) return E.left(`tensor ${name}: starts at byte ${start}, expected ${end}`)
    end = next
  }
  return end === body.length ? E.right({ tensors, metadata }) : E.left(`tensors end at byte ${end} of ${body.length}`)
}

const isTextRecord = (value: unknown): value is { readonly [key: string]: string } =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((member) => typeof member === "string")

const isExtent = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0

const readTensor = (name: string, entry: unknown, body: Uint8Array): E.Either<string, { array: NdArray; start: number; end: number }> => {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
  const type = loaded[String(dtype)]
  if (type === undefined) return E.left(`tensor ${name}: dtype ${dtype} is not one of ${Object.keys(loaded).join(", ")}`)
  if (!Array.isArray(shape) || !shape.every(isExtent)) return E.left(`tensor ${name}: bad shape`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isExtent)) return E.left(`tensor ${name}: bad data_offsets`)
  const [start, end] = offsets as [number, number]
  const bytes = sizeOf(shape) * bytesPerElement[type]
  if (end > body.length || end - start !== bytes) {
    return E.left(`tensor ${name}: bytes ${start} to ${end} do not hold ${bytes} bytes within ${body.length}`)
  }
  const data = makeElements(type, sizeOf(shape))
  new Uint8Array(data.buffer).set(body.subarray(start, end))
  return E.right({ array: { dtype: type, shape, data }, start, end })
}
