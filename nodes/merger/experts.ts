/** Several experts on the same tokens, chunk by chunk. */
import { contentHash, must, ndarray, NodeFailure, type NdArray, type Stream } from "#src"
import { chunkRows, type Logits } from "../port/logits.ts"
import { inStep } from "./in-step.ts"

export const tensor = (expert: Logits, name: string): NdArray => must(expert.tensors[name], `logits.${name}`)

/** Every expert on the same tokens. */
export type Chunk = readonly Logits[]

export interface Expert {
  readonly stream: Stream<Logits>
  readonly name: string
}

/** Logits of as many rows as every chunk but the last has. */
export const paddedRows = ({ shape, data }: NdArray, vocabulary: number): NdArray => {
  if (shape[0] === chunkRows) return ndarray("f32", [chunkRows, vocabulary], data as Float32Array)
  const padded = new Float32Array(chunkRows * vocabulary)
  padded.set(data)
  return ndarray("f32", [chunkRows, vocabulary], padded)
}

/** Throws when the experts are not of one vocabulary and one text. */
const requireSame = (chunk: Chunk, names: readonly string[]): void => {
  const first = must(chunk[0], "expert")
  const shape = (expert: Logits): string => `[${tensor(expert, "logits").shape.join(", ")}]`
  const text = contentHash(tensor(first, "target"))
  chunk.forEach((expert, j) => {
    if (shape(expert) !== shape(first)) throw new NodeFailure(`${names[j]} has logits ${shape(expert)}, the first has ${shape(first)}: they must share tokens and vocabulary`)
    if (expert !== first && contentHash(tensor(expert, "target")) !== text) throw new NodeFailure(`${names[j]} was run on other text than the first: they must share tokens`)
  })
}

/** What the experts say, chunk by chunk, of the same tokens. */
export const checked = async function* (experts: readonly Expert[]): AsyncGenerator<Chunk> {
  const names = experts.map(({ name }) => name)
  for await (const chunk of inStep(experts.map(({ stream }) => stream), names)) {
    requireSame(chunk, names)
    yield chunk
  }
}
