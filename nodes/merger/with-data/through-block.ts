/**
 * Text on its way up a language model, a block at a time, as RegMean++ sends it through the blocks merged so far: what comes out of a block, the
 * residual stream, is a value, f32 [windows, context, width], so that no block is gone through twice.
 */
import { block, embed, gptHead, input, makeProgram, must, ndarray, withProgram, type Device, type Expr, type Exprs, type NdArray, type Tensors } from "#src"
import { packWindows, type Window } from "../../port/windows.ts"
import type { Matrix } from "./solve.ts"
import { gramsAlong, windowsAtATime, type Way } from "./text-grams.ts"

/** Windows at a place between blocks. */
export interface Residuals {
  /** f32 [windows, context, width]; what lies behind a window's tokens says nothing. */
  readonly stream: NdArray<"f32">
  /** Tokens of each window. */
  readonly lengths: readonly number[]
}

/** What comes of all windows, f32 [windows, context, width]. */
const streamAlong = (device: Device, { from, to, weights, values, lengths, batchOf, looked }: Way): Promise<NdArray<"f32">> => {
  const [rows, context, width] = to.shape as [number, number, number]
  const program = makeProgram({ inputs: [...Object.values(weights), from], outputs: { to } })
  return withProgram(device, program, values, async (bound) => {
    const stream = new Float32Array(lengths.length * context * width)
    for (let first = 0; first < lengths.length; first += rows) {
      looked(first)
      const { data } = must((await bound.run({ from: batchOf(first) }))["to"], "to")
      stream.set((data as Float32Array).subarray(0, Math.min(rows, lengths.length - first) * context * width), first * context * width)
    }
    return ndarray("f32", [lengths.length, context, width], stream)
  })
}

/** What goes into the first block: rows of the substrate. */
export const embeddedWindows = async (device: Device, substrate: NdArray, width: number, windows: readonly Window[], context: number, looked: Way["looked"]): Promise<Residuals> => {
  const [from, rows] = [input("from", [windowsAtATime, context], "i32"), input("substrate", substrate.shape)]
  const batchOf = (first: number): NdArray => packWindows(windows.slice(first, first + windowsAtATime), windowsAtATime, context).input
  const lengths = windows.map(({ ids }) => ids.length)
  return { stream: await streamAlong(device, { from, to: embed(rows, from, width), weights: { substrate: rows }, values: { substrate }, lengths, batchOf, looked }), lengths }
}

/** `through`: of the weights, what comes of a stream. */
const wayOf = ({ stream: { shape, data }, lengths }: Residuals, values: Tensors, through: (x: Expr, weights: Exprs) => Expr, looked: Way["looked"]): Way => {
  const [, context, width] = shape as [number, number, number]
  const from = input("from", [windowsAtATime, context, width])
  const weights = Object.fromEntries(Object.entries(values).map(([name, weight]) => [name, input(name, weight.shape)]))
  const batchOf = (first: number): NdArray => {
    const batch = new Float32Array(windowsAtATime * context * width)
    batch.set(data.subarray(first * context * width, (first + windowsAtATime) * context * width))
    return ndarray("f32", from.shape, batch)
  }
  return { from, to: through(from, weights), weights, values, lengths, batchOf, looked }
}

/** Weights `block/0/...`; or what is above all blocks. */
const blockOrHead = (heads: number, values: Tensors) => (x: Expr, weights: Exprs): Expr => (Object.keys(values).some((name) => name.startsWith("block/")) ? block(x, weights, 0, heads) : gptHead(weights, x))

/** Gram matrices of the linear maps in a block, `block/0/...`, or above all blocks. */
export const gramsOfPart = (device: Device, residuals: Residuals, heads: number, part: Tensors, looked: Way["looked"]): Promise<ReadonlyMap<string, Matrix>> =>
  gramsAlong(device, wayOf(residuals, part, blockOrHead(heads, part), looked))

/** What comes out of a block. */
export const throughBlock = async (device: Device, residuals: Residuals, heads: number, part: Tensors, looked: Way["looked"]): Promise<Residuals> => ({
  stream: await streamAlong(device, wayOf(residuals, part, blockOrHead(heads, part), looked)),
  lengths: residuals.lengths,
})
