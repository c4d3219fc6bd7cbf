/**
 * The safetensors format (huggingface/safetensors): 8 bytes little-endian header length, a JSON header, then the
 * tensors' bytes back to back. Pure: bytes in, bytes out. Written in one canonical order (names sorted, header padded
 * to 8 bytes with spaces), so equal contents are equal bytes.
 */
import * as E from "fp-ts/lib/Either.js"
import { canonical, type Json } from "./json.ts"
import { bytesOf, bytesPerElement, makeElements, sizeOf, type Dtype, type NdArray, type Tensors } from "./ndarray.ts"

const stored: Readonly<Record<Dtype, string>> = { f32: "F32", i32: "I32", u8: "U8", bool: "BOOL" }
const loaded: Readonly<Record<string, Dtype>> = { F32: "f32", I32: "i32", U8: "u8", BOOL: "bool" }

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
  const tensors: Record<string, NdArray> = {}
  let metadata: Record<string, string> = {}
  let end = 0
  for (const [name, entry] of Object.entries(header.right)) {
    if (name === "__metadata__") {
      metadata = entry as Record<string, string>
      continue
    }
    const tensor = readTensor(name, entry, body)
    if (E.isLeft(tensor)) return tensor
    tensors[name] = tensor.right.array
    end = Math.max(end, tensor.right.end)
  }
  return end === body.length ? E.right({ tensors, metadata }) : E.left(`tensors end at byte ${end} of ${body.length}`)
}

const readTensor = (name: string, entry: unknown, body: Uint8Array): E.Either<string, { array: NdArray; end: number }> => {
  const { dtype, shape, data_offsets: offsets } = entry as { dtype?: string; shape?: number[]; data_offsets?: number[] }
  const type = loaded[dtype ?? ""]
  if (type === undefined) return E.left(`tensor ${name}: dtype ${dtype} is not one of ${Object.keys(loaded).join(", ")}`)
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) return E.left(`tensor ${name}: bad shape`)
  const [start = -1, end = -1] = offsets ?? []
  const bytes = sizeOf(shape) * bytesPerElement[type]
  if (start < 0 || end > body.length || end - start !== bytes) {
    return E.left(`tensor ${name}: bytes ${start} to ${end} do not hold ${bytes} bytes within ${body.length}`)
  }
  const data = makeElements(type, sizeOf(shape))
  new Uint8Array(data.buffer).set(body.subarray(start, end))
  return E.right({ array: { dtype: type, shape, data }, end })
}
