/**
 * What tells one model from another without reading it whole: a hash of its headers and of samples of its weights. The same
 * model has the same fingerprint wherever it lies and whenever it was copied. Two models that differ only between the samples
 * have the same one too: where that matters, the hash of their contents tells them apart. Whether a file is as it was before, its size
 * and time say. SPEC F3.
 */
import { closeSync, openSync } from "node:fs"
import { makeHasher, type Hash } from "../base/hash.ts"
import { nextTurn } from "../base/next-turn.ts"
import type { ModelFiles, TensorPlace } from "./model-files.ts"
import { closeFiles, openFiles, readRange } from "./range-files.ts"
import { readAt } from "./read-file.ts"

/** So many of the largest tensors are looked at, and the largest of each kind: what was trained may be but one kind. */
const samples = 64
const sampleBytes = 4096
const pieceBytes = 2 ** 22

/** Names that differ only in numbers: of one kind. */
const kindOf = (name: string): string => name.replace(/\d+/g, "#")

/** All that the model's numbers are made of, the largest first. */
const placesOf = ({ tensors }: ModelFiles): readonly TensorPlace[] =>
  [...tensors.values()]
    .flatMap((place) => [place, ...(place.scales === undefined ? [] : [place.scales.place]), ...(place.lowRank === undefined ? [] : [place.lowRank.down, place.lowRank.up])])
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))

/** Throws the system's error when a file cannot be read. */
export const fingerprintOf = (model: ModelFiles): Hash => {
  const { files, tensors } = model
  const hasher = makeHasher()
  for (const { name, dtype, shape, affine, scales } of [...tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const beside = scales === undefined ? [] : [[scales.place.dtype, scales.place.shape, scales.divisor]]
    hasher.update(`${JSON.stringify([name, dtype, shape, affine ?? null, ...beside])}\n`)
  }
  const sample = new Uint8Array(sampleBytes)
  const adapters = [...tensors.values()].flatMap(({ name, lowRank }) => (lowRank === undefined ? [] : [{ name, lowRank }]))
  for (const { name, lowRank } of adapters) hasher.update(`${JSON.stringify([name, lowRank.scale, lowRank.transposed, lowRank.down.shape, lowRank.up.shape])}\n`)
  const kinds = new Set<string>()
  const isFirst = (name: string): boolean => kinds.size < kinds.add(kindOf(name)).size
  const spread = placesOf(model).filter(({ name }, i) => isFirst(name) || i < samples)
  const opened = new Map<number, number>()
  try {
    for (const { file, start, bytes } of spread) {
      const descriptor = opened.get(file) ?? openSync(files[file]?.path ?? "", "r")
      opened.set(file, descriptor)
      // From the middle: the first rows of an embedding are those of tokens nobody trains.
      const length = Math.min(bytes, sampleBytes)
      const read = readAt(descriptor, sample.subarray(0, length), start + Math.floor((bytes - length) / 2))
      hasher.update(sample.subarray(0, read))
    }
    return hasher.digest()
  } finally {
    for (const descriptor of opened.values()) closeSync(descriptor)
  }
}

/** Hash of all numbers, and of nothing else: it reads the model whole, and tells how many bytes it has read. Rejects with the system's error, or the signal's reason. */
export const contentOf = async (model: ModelFiles, signal: AbortSignal, tell: (read: number) => void = () => undefined): Promise<Hash> => {
  const [hasher, opened, piece] = [makeHasher(), openFiles(model.files), new Uint8Array(pieceBytes)]
  let read = 0
  try {
    for (const { file, start, bytes } of placesOf(model)) {
      for (let done = 0; done < bytes; done += pieceBytes) {
        const part = piece.subarray(0, Math.min(pieceBytes, bytes - done))
        readRange(opened, file, start + done, part)
        hasher.update(part)
        tell((read += part.length))
        await nextTurn()
        signal.throwIfAborted()
      }
    }
    return hasher.digest()
  } finally {
    closeFiles(opened)
  }
}

/** Bytes that `contentOf` reads. */
export const contentBytes = (model: ModelFiles): number => placesOf(model).reduce((sum, { bytes }) => sum + bytes, 0)

/** What tells whether the files are as they were: sizes, times of change and inodes. */
export const stampOf = ({ files }: ModelFiles): string => JSON.stringify(files.map(({ bytes, mtimeMs, inode }) => [bytes, mtimeMs, inode]))
