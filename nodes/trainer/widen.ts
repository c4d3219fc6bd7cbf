/**
 * A wider model from a trained one, before it is trained on: every coordinate of the residual stream, every head and every hidden unit is
 * there `times` times over, and what comes in along copies is divided by their number.
 *
 *   copy    the wider model says what the narrow one says (Net2WiderNet, arXiv 1511.05641; the function-preserving start of bert2BERT,
 *           arXiv 2110.07143, section 3.2.1)
 *   next    copies of a unit are units of the block above it, which breaks the symmetry (bert2BERT's advanced start, section 3.2.2); of the
 *           last block, its own
 *
 * Copies lie next to each other, as the coordinates of a substrate do that is lifted to the width of a model, so the substrate stays.
 */
import { choice, defineKind, gptShapes, integer, must, ndarray, NodeFailure, one, real, type NdArray, type Random, type Shape, type Tensors } from "#src"
import { model, type Model } from "../port/model.ts"

/** Where row or column `i` of a wide axis comes from, in a narrow one. */
type Source = (i: number) => number

/** Units of copies side by side; of heads, whole heads of width `n`. */
const beside = (times: number): Source => (i) => Math.floor(i / times)
const headsBeside = (times: number, n: number): Source => (i) => Math.floor(i / (n * times)) * n + (i % n)
const same: Source = (i) => i

/** Axes of a weight in the wide model: how rows and columns are copied, and whether rows are summed over copies. */
const axesOf = (name: string, times: number, n: number): { readonly rows: Source; readonly columns: Source; readonly divides: boolean } => {
  const [unit, head] = [beside(times), headsBeside(times, n)]
  if (name === "head/weight") return { rows: unit, columns: same, divides: true }
  if (name === "head/bias") return { rows: same, columns: same, divides: false }
  if (/\/attention\/(query|key|value)$/.test(name)) return { rows: unit, columns: head, divides: true }
  if (name.endsWith("/attention/out")) return { rows: head, columns: unit, divides: true }
  return { rows: unit, columns: unit, divides: name.includes("/mlp/") && !name.endsWith("bias") }
}

/** The block above, for a weight of a block that has one. */
const above = (name: string, blocks: number): string => {
  const at = /^block\/(\d+)\//.exec(name)?.[1]
  return at === undefined || Number(at) + 1 >= blocks ? name : name.replace(`block/${at}/`, `block/${Number(at) + 1}/`)
}

export interface Widening {
  readonly times: number
  readonly rule: "copy" | "next"
  /** Standard deviation of what is added to every weight, as a share of its own. */
  readonly noise: number
}

const widened = ({ meta, tensors }: Model, name: string, shape: Shape, { times, rule, noise }: Widening, random: Random): NdArray => {
  const { rows, columns, divides } = axesOf(name, times, meta.width / meta.heads)
  const [own, next] = [must(tensors[name], name), must(tensors[rule === "next" ? above(name, meta.blocks) : name], name)]
  // A vector is a row: its one axis is that of columns, or for norms and biases of units.
  const [height, width] = shape.length === 1 ? [1, shape[0] as number] : (shape as readonly [number, number])
  const across = shape.length === 1 ? (name === "head/bias" ? same : beside(times)) : columns
  const narrow = own.shape.at(-1) as number
  const copy = (column: number): boolean => across !== same && column % times !== 0
  const data = new Float32Array(height * width)
  for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) {
    const from = copy(j) ? next : own
    data[i * width + j] = (from.data[(shape.length === 1 ? 0 : rows(i)) * narrow + across(j)] as number) / (divides ? times : 1)
  }
  if (noise === 0) return ndarray("f32", shape, data)
  const spread = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length) * noise
  const drawn = random.fork(name).normals(data.length)
  return ndarray("f32", shape, data.map((x, i) => x + spread * (drawn[i] as number)))
}

export const widen = defineKind({
  id: "trainer/widen",
  module: import.meta.url,
  title: "Widen a model",
  reference: "https://arxiv.org/abs/1511.05641",
  params: {
    times: integer({ min: 2, max: 16, default: 2, doc: "How much wider, and with how many times the heads" }),
    rule: choice(["copy", "next"], { default: "copy", doc: "Copies of the units themselves, or of those of the block above" }),
    noise: real({ min: 0, max: 1, default: 0, doc: "Noise on every weight, as a share of its root mean square, without which copies stay copies" }),
  },
  inputs: { model: one(model) },
  outputs: { model },
  seeded: true,
  passes: { model: "model" },
  run: ({ model: given }, widening, { random }) => {
    const { meta, tensors } = given
    const strange = Object.keys(tensors).find((name) => name !== "substrate" && gptShapes(meta)[name] === undefined)
    if (strange !== undefined) throw new NodeFailure(`models with ${strange} cannot be widened`)
    const config = { ...meta, width: meta.width * widening.times, heads: meta.heads * widening.times }
    const table: Tensors = tensors["substrate"] === undefined ? {} : { substrate: tensors["substrate"] }
    const wide = Object.entries(gptShapes(config)).map(([name, shape]) => [name, widened(given, name, shape, widening, random)] as const)
    return { model: { meta: config, tensors: { ...Object.fromEntries(wide), ...table } } }
  },
})
