/** Models for the bench: the shapes of a language model, bf16, as large as asked for. */
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { encodeHalves } from "../../../src/base/half.ts"
import { random } from "../../../src/base/random.ts"
import { layOut, type NewTensor } from "../../../src/checkpoint/shard-layout.ts"

interface Sizes {
  readonly width: number
  readonly inner: number
  /** Of keys and of values. */
  readonly keys: number
  readonly vocabulary: number
  readonly layers: number
  readonly norms: readonly string[]
}

const ofBytes = (bytes: number): Sizes => {
  const [width, inner, vocabulary] = [2048, 5504, 32000]
  return { width, inner, keys: width, vocabulary, layers: Math.max(1, Math.floor((bytes / 2 - 2 * vocabulary * width) / (4 * width * width + 3 * inner * width))), norms: ["input"] }
}

/** As those of Llama 3 have it. */
const seventyBillion: Sizes = { width: 8192, inner: 28672, keys: 1024, vocabulary: 128256, layers: 80, norms: ["input", "post_attention"] }

const tensorsOf = ({ width, inner, keys, vocabulary, layers, norms }: Sizes): readonly NewTensor[] => {
  const tensor = (name: string, ...shape: readonly number[]): NewTensor => ({ name, dtype: "BF16", shape })
  return [
    tensor("model.embed_tokens.weight", vocabulary, width),
    ...Array.from({ length: layers }, (_, l) => [
      ...["q", "k", "v", "o"].map((part) => tensor(`model.layers.${l}.self_attn.${part}_proj.weight`, part === "k" || part === "v" ? keys : width, width)),
      ...["gate", "up"].map((part) => tensor(`model.layers.${l}.mlp.${part}_proj.weight`, inner, width)),
      tensor(`model.layers.${l}.mlp.down_proj.weight`, width, inner),
      ...norms.map((norm) => tensor(`model.layers.${l}.${norm}_layernorm.weight`, width)),
    ]).flat(),
    tensor("model.norm.weight", width),
    tensor("lm_head.weight", vocabulary, width),
  ]
}

/** Numbers as weights have them, or sizes as Fisher information has them, or holes in the file, which are zeros. */
export type Content = "weights" | "sizes" | "holes"

/** A block of normal deviates is written again and again, scaled anew each time, so that files are made at the speed of the disk. */
export const makeModel = (folder: string, bytes: number, seed: string, content: Content = "weights"): string => {
  mkdirSync(folder, { recursive: true })
  const layout = layOut(tensorsOf(ofBytes(bytes)), 2 ** 53)
  const [shard] = layout.shards
  if (shard === undefined) throw new Error("no tensors")
  const descriptor = openSync(join(folder, shard.name), "w")
  writeSync(descriptor, shard.header, 0, shard.header.length, 0)
  if (content === "holes") ftruncateSync(descriptor, shard.bytes)
  else {
    const [shared, own] = [random("family").normals(2 ** 20), random(seed).normals(2 ** 20)]
    for (let at = shard.header.length, turn = 0; at < shard.bytes; turn++) {
      const numbers = shared.map((x, i) => 0.02 * x * (1 + (turn % 7) / 7) + 0.003 * (own[(i + 4099 * turn) % own.length] as number))
      const block = encodeHalves("bf16", content === "sizes" ? numbers.map(Math.abs) : numbers)
      const part = new Uint8Array(block.buffer).subarray(0, shard.bytes - at)
      writeSync(descriptor, part, 0, part.length, at)
      at += part.length
    }
  }
  closeSync(descriptor)
  return folder
}

/** A model of 70 billion weights in shards of 5 GB, of which there are only the headers: the rest are holes. */
export const makeHeaders = (folder: string): string => {
  mkdirSync(folder, { recursive: true })
  const { shards, index } = layOut(tensorsOf(seventyBillion))
  for (const { name, header, bytes } of shards) {
    const descriptor = openSync(join(folder, name), "w")
    writeSync(descriptor, header)
    ftruncateSync(descriptor, bytes)
    closeSync(descriptor)
  }
  if (index !== undefined) writeFileSync(join(folder, index.name), index.text)
  return folder
}
