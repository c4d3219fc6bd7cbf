/**
 * Checkpoints in safetensors files: one file, or shards that `model.safetensors.index.json` lists. Only headers are read, and what
 * the index says is held against them: every name in the shard it names, every tensor of a shard in the index. SPEC F1.
 */
import * as E from "fp-ts/lib/Either.js"
import { join } from "node:path"
import { headerLength, parseHeader, type SafetensorsHeader } from "../base/safetensors-header.ts"
import type { TensorPlace, WeightFile } from "./model-files.ts"
import { refuse, type Checked } from "./fault.ts"
import { readAt, readObject, withFile } from "./read-file.ts"

export const indexName = "model.safetensors.index.json"

export interface Weights {
  readonly files: readonly WeightFile[]
  readonly tensors: ReadonlyMap<string, TensorPlace>
}

/** The header of one file. */
const readHeader = (path: string): Checked<{ readonly file: WeightFile; readonly header: SafetensorsHeader }> =>
  withFile(path, (descriptor, file) => {
    const first = new Uint8Array(8)
    const length = headerLength(first.subarray(0, readAt(descriptor, first, 0)), file.bytes)
    if (E.isLeft(length)) return refuse(path, length.left.expected, length.left.got)
    const head = new Uint8Array(length.right)
    if (readAt(descriptor, head, 0) < head.length) return refuse(path, `${head.length} bytes of header`, "a file that became shorter")
    const header = parseHeader(head, file.bytes)
    return E.isLeft(header) ? refuse(path, header.left.expected, header.left.got, header.left.tensor) : E.right({ file, header: header.right })
  })

/** The tensors of some files of one checkpoint. */
export const readWeights = (paths: readonly string[]): Checked<Weights> => {
  const files: WeightFile[] = []
  const tensors = new Map<string, TensorPlace>()
  for (const path of paths) {
    const read = readHeader(path)
    if (E.isLeft(read)) return read
    const { file, header } = read.right
    for (const { name, dtype, shape, start, end } of header.entries) {
      const before = tensors.get(name)
      if (before !== undefined) return refuse(path, "every tensor in one shard", `one that ${files[before.file]?.path} has too`, name)
      tensors.set(name, { name, dtype, shape, file: files.length, start: header.bodyStart + start, bytes: end - start })
    }
    files.push(file)
  }
  return E.right({ files, tensors })
}

/** A name that cannot lead out of its folder. */
const isPlainName = (name: unknown): name is string =>
  typeof name === "string" && name.endsWith(".safetensors") && !/[/\\\0]/.test(name)

/** The shards that the index in `folder` lists. */
export const readSharded = (folder: string): Checked<Weights> => {
  const path = join(folder, indexName)
  const index = readObject(path)
  if (E.isLeft(index)) return index
  const map = index.right["weight_map"]
  if (typeof map !== "object" || map === null || Array.isArray(map)) return refuse(path, "weight_map, an object from tensor to file", JSON.stringify(map)?.slice(0, 40) ?? "nothing")
  const shardOf = new Map(Object.entries(map as { readonly [name: string]: unknown }))
  for (const [name, shard] of shardOf) {
    if (!isPlainName(shard)) return refuse(path, "the name of a .safetensors file in the same folder", JSON.stringify(shard)?.slice(0, 80) ?? "nothing", name)
  }
  const shards = [...new Set(shardOf.values())].sort() as string[]
  const weights = readWeights(shards.map((shard) => join(folder, shard)))
  if (E.isLeft(weights)) return weights
  for (const [name, shard] of shardOf) {
    const place = weights.right.tensors.get(name)
    if (place === undefined) return refuse(join(folder, String(shard)), `the tensor, as ${indexName} says`, "a file without it", name)
    if (shards[place.file] !== shard) return refuse(path, `${shards[place.file]}, which has the tensor`, String(shard), name)
  }
  for (const { name, file } of weights.right.tensors.values()) {
    if (!shardOf.has(name)) return refuse(path, `the tensor, which ${shards[file]} has`, "an index without it", name)
  }
  return weights
}
