/**
 * What tells one model from another without reading it whole: a hash of its headers and of samples of its weights. The same
 * model has the same fingerprint wherever it lies and whenever it was copied. Two models that differ only between the samples
 * have the same one too, so it orders models and names them; whether a file is as it was before, its size and time say. SPEC F3.
 */
import { closeSync, openSync } from "node:fs"
import { makeHasher, type Hash } from "../base/hash.ts"
import type { ModelFiles } from "./model-files.ts"
import { readAt } from "./read-file.ts"

const samples = 64
const sampleBytes = 4096

/** Throws the system's error when a file cannot be read. */
export const fingerprintOf = ({ files, tensors }: ModelFiles): Hash => {
  const hasher = makeHasher()
  for (const { name, dtype, shape, affine, scales } of [...tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const beside = scales === undefined ? [] : [[scales.place.dtype, scales.place.shape, scales.divisor]]
    hasher.update(`${JSON.stringify([name, dtype, shape, affine ?? null, ...beside])}\n`)
  }
  const sample = new Uint8Array(sampleBytes)
  const adapters = [...tensors.values()].flatMap(({ name, lowRank }) => (lowRank === undefined ? [] : [{ name, lowRank }]))
  for (const { name, lowRank } of adapters) hasher.update(`${JSON.stringify([name, lowRank.scale, lowRank.transposed, lowRank.down.shape, lowRank.up.shape])}\n`)
  const all = [...tensors.values(), ...[...tensors.values()].flatMap(({ scales }) => scales?.place ?? []), ...adapters.flatMap(({ lowRank }) => [lowRank.down, lowRank.up])]
  const spread = all.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1)).slice(0, samples)
  for (const { file, start, bytes } of spread) {
    const descriptor = openSync(files[file]?.path ?? "", "r")
    // From the middle: the first rows of an embedding are those of tokens nobody trains.
    const length = Math.min(bytes, sampleBytes)
    const read = readAt(descriptor, sample.subarray(0, length), start + Math.floor((bytes - length) / 2))
    closeSync(descriptor)
    hasher.update(sample.subarray(0, read))
  }
  return hasher.digest()
}

/** What tells whether the files are as they were: sizes, times of change and inodes. */
export const stampOf = ({ files }: ModelFiles): string => JSON.stringify(files.map(({ bytes, mtimeMs, inode }) => [bytes, mtimeMs, inode]))
