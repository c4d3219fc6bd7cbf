/** Several experts on the same tokens, chunk by chunk. */
import { contentHash, must, ndarray, NodeFailure, sizeOf, zeros, type NdArray, type Stream } from "#src"
import type { Logits } from "../port/logits.ts"
import { inStep } from "./in-step.ts"

export const tensor = (expert: Logits, name: string): NdArray => must(expert.tensors[name], `logits.${name}`)

/** Every expert on the same tokens. */
export type Chunk = readonly Logits[]

export interface Expert {
  readonly stream: Stream<Logits>
  readonly name: string
}

/** `rows` rows from the one at `from` on: a view where there are so many, else padded with zeros. */
export const rowsAt = ({ dtype, shape: [, ...inner], data }: NdArray, from: number, rows: number): NdArray => {
  const size = sizeOf(inner)
  const view = data.subarray(from * size, (from + rows) * size)
  if (view.length === rows * size) return ndarray(dtype, [rows, ...inner], view)
  const padded = zeros(dtype, [rows, ...inner])
  padded.data.set(view as never)
  return padded
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
