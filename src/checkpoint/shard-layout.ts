/**
 * Where the tensors of a new checkpoint will lie: shards of at most so many bytes, each with its header, known before the first
 * number is. Names and index are those of Hugging Face (`model-00001-of-00003.safetensors`). SPEC F2.
 */
import { canonical, type Json } from "../base/json.ts"
import { storedBytes, type StoredDtype } from "../base/safetensors-header.ts"
import { pageBytes } from "./range-files.ts"
import { indexName } from "./safetensors-folder.ts"

export interface NewTensor {
  readonly name: string
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
}

export interface NewPlace {
  /** Place in `ShardLayout.shards`. */
  readonly shard: number
  /** First byte in the file. */
  readonly start: number
  readonly bytes: number
}

export interface Shard {
  readonly name: string
  /** With its length in front and its padding. */
  readonly header: Uint8Array
  readonly bytes: number
}

export interface ShardLayout {
  readonly shards: readonly Shard[]
  /** Of the tensors, in the order given. */
  readonly places: readonly NewPlace[]
  /** The index file's name and content; undefined where one shard holds all. */
  readonly index: { readonly name: string; readonly text: string } | undefined
}

/** As `mergekit` and `transformers` do: 5 GB. */
export const defaultShardBytes = 5e9

export const bytesOfTensor = ({ dtype, shape }: Pick<NewTensor, "dtype" | "shape">): number => shape.reduce((n, extent) => n * extent, 1) * storedBytes[dtype]

/** Tensors keep their order; a tensor larger than `shardBytes` has a shard alone. */
export const layOut = (tensors: readonly NewTensor[], shardBytes = defaultShardBytes): ShardLayout => {
  const groups: NewTensor[][] = [[]]
  let filled = 0
  for (const tensor of tensors) {
    const bytes = bytesOfTensor(tensor)
    if (filled > 0 && filled + bytes > shardBytes) {
      groups.push([])
      filled = 0
    }
    groups.at(-1)?.push(tensor)
    filled += bytes
  }
  const numbered = (i: number): string => String(i).padStart(5, "0")
  const places: NewPlace[] = []
  const shards = groups.map((group, shard): Shard => {
    const name = groups.length === 1 ? "model.safetensors" : `model-${numbered(shard + 1)}-of-${numbered(groups.length)}.safetensors`
    const { header, starts, bytes } = layOutShard(group)
    group.forEach((tensor, i) => places.push({ shard, start: starts[i] as number, bytes: bytesOfTensor(tensor) }))
    return { name, header, bytes }
  })
  if (shards.length === 1) return { shards, places, index: undefined }
  const map = Object.create(null) as Record<string, Json>
  tensors.forEach(({ name }, i) => (map[name] = shards[(places[i] as NewPlace).shard]?.name ?? ""))
  const total = tensors.reduce((sum, tensor) => sum + bytesOfTensor(tensor), 0)
  return { shards, places, index: { name: indexName, text: `${JSON.stringify({ metadata: { total_size: total }, weight_map: map }, null, 2)}\n` } }
}

/** Bytes of tensors from which on the first one begins at a page, as direct writes and those who map files into memory need. */
const leastPaged = 2 ** 20

/**
 * One file. The tensors' bytes come with the widest elements first, so that each begins at a multiple of its element's size, as
 * those who map files into memory need.
 */
const layOutShard = (tensors: readonly NewTensor[]): { readonly header: Uint8Array; readonly starts: readonly number[]; readonly bytes: number } => {
  const order = tensors.map((_, i) => i).sort((a, b) => storedBytes[(tensors[b] as NewTensor).dtype] - storedBytes[(tensors[a] as NewTensor).dtype] || a - b)
  const offsets = new Array<number>(tensors.length).fill(0)
  const members = Object.assign(Object.create(null) as Record<string, Json>, { __metadata__: { format: "pt" } })
  let end = 0
  for (const i of order) {
    const tensor = tensors[i] as NewTensor
    offsets[i] = end
    end += bytesOfTensor(tensor)
    members[tensor.name] = { dtype: tensor.dtype, shape: [...tensor.shape], data_offsets: [offsets[i] as number, end] }
  }
  const text = new TextEncoder().encode(canonical(members))
  const unit = end < leastPaged ? 8 : pageBytes
  const header = new Uint8Array(Math.ceil((8 + text.length) / unit) * unit).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  header.set(text, 8)
  return { header, starts: offsets.map((offset) => header.length + offset), bytes: header.length + end }
}
