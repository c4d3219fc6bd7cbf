/**
 * A wider model from a trained one, before it is trained on: every coordinate of the residual stream, every head and every hidden unit is
 * there `times` times over (`wider.ts`), and what comes in along copies is divided by their number.
 *
 *   net2net    the wider model says what the narrow one says (Net2WiderNet, arXiv 1511.05641; bert2BERT's function-preserving
 *              initialisation, arXiv 2110.07143, section 3.2.1)
 *   bert2bert  copies of units and heads are those of the block above, which breaks the symmetry (bert2BERT's advanced knowledge
 *              initialisation, section 3.2.2); of the last block, its own
 *
 * How the operator can be learned instead: `ligo.ts`.
 */
import { choice, defineKind, gptShapes, integer, must, ndarray, one, real, type NdArray, type Random, type Shape, type Tensors } from "#src"
import { model, type Model } from "../port/model.ts"
import { heads, same, units, widerConfig, type Copies } from "./wider.ts"

/** Axes of a weight; a vector is one row. `divides`: whether it sums over copies. */
const axesOf = (name: string, times: number, n: number): { readonly rows: Copies; readonly columns: Copies; readonly divides: boolean } => {
  const [unit, head] = [units(times), heads(times, n)]
  if (name === "head/weight") return { rows: unit, columns: same, divides: true }
  if (name === "head/bias") return { rows: same, columns: same, divides: false }
  if (/\/attention\/(query|key|value)$/.test(name)) return { rows: unit, columns: head, divides: true }
  if (name.endsWith("/attention/out")) return { rows: head, columns: unit, divides: true }
  if (/\/mlp\/(up|down)$/.test(name)) return { rows: unit, columns: unit, divides: true }
  return { rows: same, columns: unit, divides: false }
}

/** The same weight of the block above, for a weight of a block that has one. */
const above = (name: string, blocks: number): string => {
  const at = /^block\/(\d+)\//.exec(name)?.[1]
  return at === undefined || Number(at) + 1 >= blocks ? name : name.replace(`block/${at}/`, `block/${Number(at) + 1}/`)
}

export interface Widening {
  readonly times: number
  readonly rule: "net2net" | "bert2bert"
  /** Standard deviation of what is added to every weight, as a share of its root mean square. */
  readonly noise: number
}

const widened = ({ meta, tensors }: Model, name: string, shape: Shape, { times, rule, noise }: Widening, random: Random): NdArray => {
  const { rows, columns, divides } = axesOf(name, times, meta.width / meta.heads)
  const own = must(tensors[name], name)
  const copied = rule === "net2net" ? own : must(tensors[above(name, meta.blocks)], name)
  const [height, width, narrow] = [shape.length === 1 ? 1 : (shape[0] as number), shape.at(-1) as number, own.shape.at(-1) as number]
  const data = new Float32Array(height * width)
  for (let j = 0; j < width; j++) {
    const { of, copy } = columns(j)
    const from = copy === 0 ? own : copied
    for (let i = 0; i < height; i++) data[i * width + j] = (from.data[rows(i).of * narrow + of] as number) / (divides ? times : 1)
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
    rule: choice(["net2net", "bert2bert"], { default: "net2net", doc: "Copies of the units themselves (Net2WiderNet), or of those of the block above (bert2BERT's AKI)" }),
    noise: real({ min: 0, max: 1, default: 0, doc: "Noise on every weight, as a share of its root mean square, without which copies stay copies" }),
  },
  inputs: { model: one(model) },
  outputs: { model },
  seeded: true,
  passes: { model: "model" },
  run: ({ model: given }, widening, { random }) => {
    const config = widerConfig(given, widening.times)
    const { substrate } = given.tensors
    const table: Tensors = substrate === undefined ? {} : { substrate }
    const wide = Object.entries(gptShapes(config)).map(([name, shape]) => [name, widened(given, name, shape, widening, random)] as const)
    return { model: { meta: config, tensors: { ...Object.fromEntries(wide), ...table } } }
  },
})
