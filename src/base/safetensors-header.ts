/**
 * The header of a safetensors file (huggingface/safetensors): 8 bytes little-endian length, then JSON: name to dtype, shape and
 * the bytes its elements take, counted from the end of the header. Pure. Everything that can be wrong with a file is found here,
 * from the header and the file's size alone. SPEC F1.
 */
import * as E from "fp-ts/lib/Either.js"
import { duplicateKey } from "./duplicate-key.ts"
import { messageOf } from "./message.ts"

/** A header may not be larger than this, as in the reference implementation. */
export const maxHeaderBytes = 100_000_000

/** Bytes an element takes in a file, by the format's names of dtypes. */
export const storedBytes = {
  F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2, F8_E5M2: 1, F8_E4M3: 1, I8: 1, U8: 1, BOOL: 1,
} as const

export type StoredDtype = keyof typeof storedBytes

export const isStoredDtype = (name: unknown): name is StoredDtype => typeof name === "string" && Object.hasOwn(storedBytes, name)

/** A tensor's place: bytes [start, end) after the header. */
export interface HeaderEntry {
  readonly name: string
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

export interface SafetensorsHeader {
  /** In the order of their bytes, which they cover without a gap. */
  readonly entries: readonly HeaderEntry[]
  readonly metadata: { readonly [key: string]: string }
  /** Where the tensors' bytes begin in the file. */
  readonly bodyStart: number
}

/** What is wrong, in words; a tensor is named where it is about one. */
export interface HeaderFault {
  readonly tensor?: string
  readonly expected: string
  readonly got: string
}

type Read<A> = E.Either<HeaderFault, A>

const fault = (expected: string, got: string, tensor?: string): E.Either<HeaderFault, never> =>
  E.left(tensor === undefined ? { expected, got } : { tensor, expected, got })

/** Bytes of the file that `parseHeader` needs, 8 for the length included, from its first bytes. */
export const headerLength = (first: Uint8Array, fileBytes: number): Read<number> => {
  if (first.length < 8 || fileBytes < 8) return fault("at least 8 bytes of a safetensors file", `${Math.min(first.length, fileBytes)}`)
  const length = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true))
  if (length > maxHeaderBytes) return fault(`a header of at most ${maxHeaderBytes} bytes`, `a length of ${length}`)
  return 8 + length > fileBytes ? fault(`a header that fits the file of ${fileBytes} bytes`, `a length of ${length}, which does not fit`) : E.right(8 + length)
}

/** Reads a header. `head` begins with the file; `fileBytes` is the size of the whole file. */
export const parseHeader = (head: Uint8Array, fileBytes: number): Read<SafetensorsHeader> => {
  const length = headerLength(head, fileBytes)
  if (E.isLeft(length)) return length
  const bodyStart = length.right
  let text: string
  let parsed: unknown
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head.subarray(8, bodyStart))
    parsed = JSON.parse(text)
  } catch (error) {
    return fault("JSON", `a header that is not JSON: ${messageOf(error)}`)
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return fault("a JSON object", "a header that is not a JSON object")
  const twice = duplicateKey(text)
  if (twice !== undefined) return fault("every name once", `${JSON.stringify(twice)} twice`)
  let metadata: SafetensorsHeader["metadata"] = {}
  const entries: HeaderEntry[] = []
  for (const [name, member] of Object.entries(parsed)) {
    if (name === "__metadata__") {
      if (!isTextRecord(member)) return fault("__metadata__ as a record of texts", JSON.stringify(member)?.slice(0, 80) ?? "nothing")
      metadata = member
      continue
    }
    const entry = readEntry(name, member, fileBytes - bodyStart)
    if (E.isLeft(entry)) return entry
    entries.push(entry.right)
  }
  const uncovered = notCovered(entries, fileBytes - bodyStart)
  return uncovered === undefined ? E.right({ entries, metadata, bodyStart }) : E.left(uncovered)
}

/** The bytes must be covered exactly once: no holes, nothing shared, nothing behind. Sorts the entries. */
const notCovered = (entries: HeaderEntry[], bytes: number): HeaderFault | undefined => {
  entries.sort((a, b) => a.start - b.start || a.end - b.end)
  let end = 0
  for (const entry of entries) {
    if (entry.start !== end) return { tensor: entry.name, expected: `its bytes to begin where those before end, at ${end}`, got: `starts at byte ${entry.start}` }
    end = entry.end
  }
  return end === bytes ? undefined : { expected: `${bytes} bytes of tensors, as the file has`, got: `tensors end at byte ${end} of ${bytes}` }
}

const isTextRecord = (value: unknown): value is { readonly [key: string]: string } =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((member) => typeof member === "string")

const isExtent = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0

const readEntry = (name: string, member: unknown, body: number): Read<HeaderEntry> => {
  const { dtype, shape, data_offsets: offsets } = (member ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
  if (!isStoredDtype(dtype)) return fault(`a dtype of ${Object.keys(storedBytes).join(", ")}`, shown(dtype), name)
  if (!Array.isArray(shape) || !shape.every(isExtent)) return fault("a shape of whole numbers from 0", `a bad shape ${shown(shape)}`, name)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isExtent)) return fault("data_offsets [start, end]", `bad data_offsets ${shown(offsets)}`, name)
  const [start, end] = offsets as [number, number]
  const bytes = shape.reduce((n: number, extent) => n * extent, 1) * storedBytes[dtype]
  if (!Number.isSafeInteger(bytes) || end > body || end - start !== bytes) {
    return fault(`${bytes} bytes for [${shape.join(", ")}] ${dtype} within the ${body} of the file`, `bytes ${start} to ${end}, which do not hold them`, name)
  }
  return E.right({ name, dtype, shape, start, end })
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? "nothing"

/** A fault as one sentence. */
export const describeHeaderFault = ({ tensor, expected, got }: HeaderFault): string =>
  `${tensor === undefined ? "" : `tensor ${tensor}: `}expected ${expected}, got ${got}`
