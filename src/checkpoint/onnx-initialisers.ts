/**
 * The initialisers of an ONNX file, or its constants where it has none, as a checkpoint: their places in the file, or in the files of external data beside it. The
 * graph itself is passed over. Field numbers: onnx.proto. SPEC F1.
 */
import * as E from "fp-ts/lib/Either.js"
import { dirname, join } from "node:path"
import { storedBytes, type StoredDtype } from "../base/safetensors-header.ts"
import type { TensorPlace, WeightFile } from "./model-files.ts"
import { refuse, type Checked } from "./fault.ts"
import { constantsOf } from "./onnx-constants.ts"
import { walkFile, WalkError, type Field, type Walk } from "./protobuf-walk.ts"
import { withFile } from "./read-file.ts"
import type { Weights } from "./safetensors-folder.ts"

const dtypes: { readonly [type: number]: StoredDtype } = {
  1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: "F16", 11: "F64", 12: "U32", 13: "U64", 16: "BF16", 17: "F8_E4M3", 19: "F8_E5M2",
}

interface Span {
  readonly start: number
  readonly end: number
}

interface Initialiser {
  name: string
  dims: number[]
  type: number
  /** Bytes inside the file. */
  span?: Span
  external: Map<string, string>
}

/** Reads the places of the initialisers of the file `path`. */
export const readOnnx = (path: string): Checked<Weights> =>
  withFile(path, (descriptor, file) => {
    const walk = walkFile(descriptor, file.bytes)
    const files: WeightFile[] = [file]
    const tensors = new Map<string, TensorPlace>()
    try {
      for (const graph of sub(walk.fields(0, file.bytes), 7)) {
        for (const tensor of sub(walk.fields(graph.start, graph.end), 5)) {
          const place = placeOf(path, readInitialiser(walk, tensor), files)
          if (E.isLeft(place)) return place
          if (tensors.has(place.right.name)) return refuse(path, "every name once", "one that is there twice", place.right.name)
          tensors.set(place.right.name, place.right)
        }
      }
      if (tensors.size === 0) {
        for (const graph of sub(walk.fields(0, file.bytes), 7)) {
          for (const { name, start, end } of constantsOf(walk, graph.start, graph.end)) {
            const read = readInitialiser(walk, { start, end })
            // Whole numbers among constants are shapes and places, no weights.
            if (!/^B?F\d/.test(dtypes[read.type] ?? "")) continue
            const place = placeOf(path, { ...read, name }, files)
            if (E.isLeft(place)) return place
            if (tensors.has(name)) return refuse(path, "every name once", "one that is there twice", name)
            tensors.set(name, place.right)
          }
        }
      }
    } catch (error) {
      if (error instanceof WalkError) return refuse(path, "an ONNX file", error.message)
      throw error
    }
    return tensors.size > 0 ? E.right({ files, tensors }) : refuse(path, "an ONNX file with initialisers or constants", "none")
  })

/** The messages in field `number`. */
const sub = function* (fields: Iterable<Field>, number: number): Generator<Span, undefined> {
  for (const field of fields) if (field.number === number && field.kind === "bytes") yield field
  return undefined
}

const text = (walk: Walk, { start, end }: Span): string => new TextDecoder().decode(walk.bytes(start, end))

const readInitialiser = (walk: Walk, { start, end }: Span): Initialiser => {
  const read: Initialiser = { name: "", dims: [], type: 0, external: new Map() }
  for (const field of walk.fields(start, end)) {
    if (field.kind === "varint" && field.number === 1) read.dims.push(field.value)
    if (field.kind === "varint" && field.number === 2) read.type = field.value
    if (field.kind !== "bytes") continue
    if (field.number === 1) read.dims.push(...packed(walk.bytes(field.start, field.end)))
    if (field.number === 8) read.name = text(walk, field)
    // float_data (packed) and double_data hold the same bytes as raw_data.
    if (field.number === 9 || (field.number === 4 && read.type !== 16) || field.number === 10) read.span = { start: field.start, end: field.end }
    if (field.number === 13) {
      const entry = ["", ""]
      for (const part of walk.fields(field.start, field.end)) if (part.kind === "bytes" && part.number < 3) entry[part.number - 1] = text(walk, part)
      read.external.set(entry[0] as string, entry[1] as string)
    }
  }
  return read
}

const packed = (bytes: Uint8Array): readonly number[] => {
  const values: number[] = []
  let value = 0
  let shift = 0
  for (const byte of bytes) {
    value += (byte & 0x7f) * 2 ** shift
    shift += 7
    if (byte >= 0x80) continue
    values.push(value)
    value = 0
    shift = 0
  }
  return values
}

const placeOf = (path: string, { name, dims, type, span, external }: Initialiser, files: WeightFile[]): Checked<TensorPlace> => {
  const dtype = dtypes[type]
  if (dtype === undefined) return refuse(path, `a data type of ${Object.values(dtypes).join(", ")}`, `type ${type}`, name)
  const bytes = dims.reduce((n, extent) => n * extent, 1) * storedBytes[dtype]
  if (!Number.isSafeInteger(bytes)) return refuse(path, "extents that multiply to a size", `[${dims.join(", ")}]`, name)
  const about = { name, dtype, shape: dims, bytes }
  const location = external.get("location")
  if (location === undefined) {
    if (span === undefined && bytes > 0) return refuse(path, "its elements as raw_data or float_data", "none of them", name)
    const { start, end } = span ?? { start: 0, end: 0 }
    return end - start === bytes ? E.right({ ...about, file: 0, start }) : refuse(path, `${bytes} bytes for [${dims.join(", ")}] ${dtype}`, `${end - start}`, name)
  }
  if (/^\.\.?$|[/\\\0]/.test(location) || location === "") return refuse(path, "external data in a file of the same folder", JSON.stringify(location), name)
  const start = Number(external.get("offset") ?? 0)
  const full = join(dirname(path), location)
  let file = files.findIndex((known) => known.path === full)
  if (file < 0) {
    const found = withFile(full, (_, found) => E.right(found))
    if (E.isLeft(found)) return found
    file = files.push(found.right) - 1
  }
  const size = files[file]?.bytes ?? 0
  if (!Number.isSafeInteger(start) || start < 0 || start + bytes > size) return refuse(full, `${bytes} bytes from byte ${start}`, `a file of ${size}`, name)
  return E.right({ ...about, file, start })
}
