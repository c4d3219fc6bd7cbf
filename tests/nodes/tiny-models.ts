/** Text, substrates and untrained models of a size at which tests can look at every token. */
import { gptShapes, must, ndarray, random, sizeOf, type Tensors } from "#src"
import { untrained, type Model } from "../../nodes/port/model.ts"
import type { Substrate } from "../../nodes/port/substrate.ts"
import type { Tokens } from "../../nodes/port/tokens.ts"

export const vocabulary = 24
export const width = 16

/** Documents of the given lengths, in turn English (tokens 4 to 13) and Russian (14 to 23), each token likely to be the last one plus 3. */
export const tinyTokens = (lengths: readonly number[], seed = "text"): Tokens => {
  const stream = random(seed)
  const starts = Int32Array.from([0, ...lengths.map((_, d) => lengths.slice(0, d + 1).reduce((n, length) => n + length, 0))])
  const ids = lengths.flatMap((length, d) => {
    let last = 0
    return Array.from({ length }, (_, i) => {
      const draw = (starts[d] as number) + i
      last = stream.uniform(2 * draw) < 0.8 ? (last + 3) % 10 : stream.below(2 * draw + 1, 10)
      return last + (d % 2 === 0 ? 4 : 14)
    })
  })
  return {
    meta: { locales: ["en", "ru"], documents: lengths.map((_, d) => `document/${d}`), vocabulary, bos: 1, unknown: 0 },
    tensors: {
      ids: ndarray("i32", [ids.length], Int32Array.from(ids)),
      characters: ndarray("i32", [ids.length], Int32Array.from(ids, (id) => 1 + (id % 3))),
      starts: ndarray("i32", [starts.length], starts),
      locale: ndarray("i32", [lengths.length], Int32Array.from(lengths, (_, d) => d % 2)),
    },
  }
}

/** The same text as a stream of so many documents at a time. */
export const inElements = async function* ({ meta, tensors }: Tokens, documents = meta.documents.length): AsyncGenerator<Tokens> {
  const column = (name: string): Int32Array => must(tensors[name], name).data as Int32Array
  const vector = (data: Int32Array) => ndarray("i32", [data.length], data)
  const starts = column("starts")
  for (let from = 0; from < meta.documents.length; from += documents) {
    const own = starts.slice(from, from + documents + 1)
    const [first, end] = [own[0], own[own.length - 1]]
    yield {
      meta: { ...meta, documents: meta.documents.slice(from, from + documents) },
      tensors: {
        ids: vector(column("ids").slice(first, end)),
        characters: vector(column("characters").slice(first, end)),
        starts: vector(own.map((start) => start - (first as number))),
        locale: vector(column("locale").slice(from, from + documents)),
      },
    }
  }
}

/** Rows of about unit length. */
export const tinySubstrate = (options: { readonly columns?: number; readonly trainable?: boolean } = {}): Substrate => {
  const { columns = width, trainable = false } = options
  const matrix = random("substrate").normals(vocabulary * columns).map((x) => x / Math.sqrt(columns))
  return { meta: { source: "random", trainable }, tensors: { matrix: ndarray("f32", [vocabulary, columns], matrix) } }
}

/** Small biases: what a model says should depend on what it reads. */
const sizeOfWeight = (name: string): number => (name.endsWith("bias") ? 0.1 : name.startsWith("block/") ? 0.3 : 1)

/** Random weights, large enough for predictions that differ from token to token. */
export const tinyModel = (seed: string, options: { readonly blocks?: number; readonly context?: number } = {}): Model => {
  const { blocks = 1, context = 8 } = options
  const config = { vocabulary, substrateWidth: width, width, heads: 2, blocks }
  const tensors: Tensors = Object.fromEntries(
    Object.entries(gptShapes(config)).map(([name, shape]) => {
      const drawn = random(`${seed}/${name}`).normals(sizeOf(shape))
      return [name, ndarray("f32", shape, drawn.map((x) => x * sizeOfWeight(name)))]
    }),
  )
  return { meta: { ...config, context, stages: [untrained(blocks)] }, tensors }
}
