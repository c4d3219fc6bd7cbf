/**
 * The safetensors format (huggingface/safetensors): 8 bytes little-endian header length, a JSON header, then the
 * tensors' bytes back to back. Bytes in, bytes out. Written in one canonical order (names sorted, header padded to 8
 * bytes with spaces), so equal contents are equal bytes.
 */
import * as E from "fp-ts/lib/Either.js"
import { bytesOf, bytesPerElement, makeElements, viewElements, type NdArray } from "./ndarray.ts"
import { hasLayout, isLayoutOf, layoutOf, readLayout, type Layout, type TensorFile } from "./safetensors-layout.ts"

export type { TensorFile } from "./safetensors-layout.ts"

/** The file as chunks (header first, then one chunk a tensor), not copied together. */
export const encodeSafetensors = (file: TensorFile): readonly Uint8Array[] => chunksOf(layoutOf(file), file)

/**
 * Left says what is wrong with the file. Elements are copied out, so `bytes` may be reused; not if they are `lasting`, which
 * nobody writes to again: then a tensor that is most of what they lie in is a view of it.
 */
export const decodeSafetensors = (bytes: Uint8Array, lasting = false): E.Either<string, TensorFile> => {
  const layout = readLayout(bytes)
  return E.isLeft(layout) ? layout : E.right(fileAt(layout.right, bytes, lasting))
}

export interface SafetensorsCodec {
  readonly encode: typeof encodeSafetensors
  /** Files that begin with the same header share `metadata` and the shapes. */
  readonly decode: typeof decodeSafetensors
}

/** Layouts that a codec remembers, and the longest header it remembers one for. */
const mostLayouts = 4
const longestHeader = 16 * 2 ** 10

/**
 * For many files, as of a stream: the same results in a tenth of the time where files have a layout that one of the
 * last few had. In an element of some 16 numbers, the header is nearly all there is to do.
 */
export const makeSafetensorsCodec = (): SafetensorsCodec => {
  const written: Layout[] = []
  const seen: Layout[] = []
  const bytesOfOne = makeBytesOf()
  return {
    encode: (file) => {
      for (const layout of written) if (isLayoutOf(layout, file)) return chunksOf(layout, file, bytesOfOne)
      return chunksOf(remembered(written, layoutOf(file)), file, bytesOfOne)
    },
    decode: (bytes, lasting = false) => {
      for (const layout of seen) if (hasLayout(bytes, layout)) return E.right(fileAt(layout, bytes, lasting))
      const layout = readLayout(bytes)
      return E.isLeft(layout) ? layout : E.right(fileAt(remembered(seen, layout.right), bytes, lasting))
    },
  }
}

const remembered = (layouts: Layout[], layout: Layout): Layout => {
  if (layout.header.length <= longestHeader) {
    layouts.unshift(layout)
    if (layouts.length > mostLayouts) layouts.pop()
  }
  return layout
}

const chunksOf = ({ header, places }: Layout, { tensors }: TensorFile, bytesOfOne = bytesOf): readonly Uint8Array[] => {
  const chunks = [header]
  for (const { name } of places) chunks.push(bytesOfOne(tensors[name] as NdArray))
  return chunks
}

/** V8 keeps arrays of so many bytes among its objects until somebody asks for their `buffer`, which costs more than a copy. */
const mostOnHeap = 64
const pageBytes = 16 * 2 ** 10

/** The bytes of arrays, those of small ones copied to pages that are written to once. */
const makeBytesOf = (): typeof bytesOf => {
  let page = new ArrayBuffer(0)
  let used = 0
  return (array) => {
    const { dtype, data } = array
    const length = data.byteLength
    if (length > mostOnHeap) return bytesOf(array)
    if (used + length > page.byteLength) {
      page = new ArrayBuffer(pageBytes)
      used = 0
    }
    viewElements(dtype, page, used, data.length).set(data as never)
    const bytes = new Uint8Array(page, used, length)
    // The next one begins where an array of any dtype may.
    used += Math.ceil(length / 8) * 8
    return bytes
  }
}

/** A view holds all of the memory it is in: at most twice what it shows. */
const isMost = (part: number, { buffer }: Uint8Array): boolean => 2 * part >= buffer.byteLength

const fileAt = ({ header, metadata, places }: Layout, bytes: Uint8Array, lasting: boolean): TensorFile => {
  const tensors: Record<string, NdArray> = {}
  for (const { name, dtype, shape, start, end } of places) {
    const at = bytes.byteOffset + header.length + start
    const size = bytesPerElement[dtype]
    let data: NdArray["data"]
    if (at % size === 0) {
      const view = viewElements(dtype, bytes.buffer, at, (end - start) / size)
      data = lasting && isMost(end - start, bytes) ? view : view.slice()
    } else {
      // Slower than to copy a view: the new array has to leave the heap.
      data = makeElements(dtype, (end - start) / size)
      new Uint8Array(data.buffer).set(bytes.subarray(header.length + start, header.length + end))
    }
    tensors[name] = { dtype, shape, data }
  }
  return { tensors, metadata }
}
