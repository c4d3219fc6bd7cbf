/** What goes into the linear maps of networks when they look at data: inner products over the examples, f64. */
import { concat, constant, input, makeProgram, matmul, mul, must, ndarray, reshape, withProgram, type Device, type Expr, type Program, type RunContext } from "#src"
import { batchesOf, countOf, pick, unitInputs, widthOf, type Examples } from "../../port/examples.ts"
import { layersOf, networkForward, networkInputs, prefixed, type Network } from "../../port/network.ts"
import { matrix, type Matrix } from "./solve.ts"

/** Inputs: weights of each network as `<i>/<name>`, `input` u8 [rows, width], `real` f32 [rows]. Outputs `gram/<l>`. */
const programOf = (widths: readonly (readonly number[])[], rows: number, width: number): Program => {
  const [x, real] = [input("input", [rows, width], "u8"), input("real", [rows])]
  const weights = widths.map((w, i) => networkInputs(w, `${i}/`))
  const kept = reshape(real, [rows, 1])
  const forwards = widths.map((w, i) => networkForward(w, weights[i] as (typeof weights)[number], unitInputs(x)))
  const outputs = Object.fromEntries(
    Array.from({ length: layersOf(widths[0] as readonly number[]) }, (_, l): [string, Expr] => {
      const beside = mul(concat([...forwards.map(({ inputs }) => inputs[l] as Expr), constant(ndarray("f32", [rows, 1], new Float32Array(rows).fill(1)))], 1), kept)
      return [`gram/${l}`, matmul(beside, beside, { transposeA: true })]
    }),
  )
  return makeProgram({ inputs: [...weights.flatMap((w) => Object.values(w)), x, real], outputs })
}

export interface Looking {
  /** Before each batch; what it throws ends the work. */
  readonly looked?: () => void
  /** Examples of a batch. */
  readonly rows?: number
}

/** As long as the node is wanted. */
export const lookingOf = ({ signal }: Pick<RunContext, "signal">): Looking => ({ looked: () => signal.throwIfAborted() })

/**
 * For each layer the mean over examples of `c c^T`, c = the inputs of that layer of all networks, one after another, and a 1 for the
 * bias: [sum of widths + 1, the same]. Batches are summed in f32 on the device, over batches in f64.
 */
export const inputGrams = async (device: Device, networks: readonly Network[], data: Examples, { rows = 256, looked }: Looking = {}): Promise<readonly Matrix[]> => {
  const widths = networks.map(({ meta }) => meta.widths)
  const layers = layersOf(must(widths[0], "network"))
  const totals = Array.from({ length: layers }, (_, l) => {
    const n = widths.reduce((sum, w) => sum + (w[l] as number), 1)
    return matrix(n, n)
  })
  const resident = Object.assign({}, ...networks.map(({ tensors }, i) => prefixed(`${i}/`, tensors))) as Network["tensors"]
  await withProgram(device, programOf(widths, rows, widthOf(data)), resident, async (bound) => {
    for (const { places, count } of batchesOf(countOf(data), rows)) {
      looked?.()
      const out = await bound.run({ input: pick(data, places).input, real: ndarray("f32", [rows], Float32Array.from({ length: rows }, (_, i) => Number(i < count))) })
      totals.forEach(({ data: total }, l) => (must(out[`gram/${l}`], "gram").data as Float32Array).forEach((x, k) => (total[k]! += x)))
    }
  })
  return totals.map(({ rows: n, data: total }) => matrix(n, n, total.map((x) => x / countOf(data))))
}

/** A part of a matrix: those rows and columns. */
export const part = (of: Matrix, rows: readonly number[], columns: readonly number[] = rows): Matrix =>
  matrix(rows.length, columns.length, Float64Array.from({ length: rows.length * columns.length }, (_, k) => of.data[(rows[Math.floor(k / columns.length)] as number) * of.columns + (columns[k % columns.length] as number)] as number))

/** `from`, from + 1, ..., `length` of them. */
export const range = (from: number, length: number): readonly number[] => Array.from({ length }, (_, i) => from + i)

/** Of one network, by layer, without the row and column of the bias: [width, width]. */
export const gramsOf = async (device: Device, network: Network, data: Examples, looking: Looking): Promise<readonly Matrix[]> =>
  (await inputGrams(device, [network], data, looking)).map((gram, l) => part(gram, range(0, network.meta.widths[l] as number)))
