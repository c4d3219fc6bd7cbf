/** A GPT in plain loops over float64, one window at a time: nothing of `src` is in it. What goes into each linear map is kept. */
export type Rows = readonly (readonly number[])[]

export interface PlainGpt {
  readonly heads: number
  readonly blocks: number
  readonly width: number
  /** Numbers of a weight, row by row. */
  readonly weight: (name: string) => ArrayLike<number>
  readonly substrate: Rows
}

const erf = (x: number): number => {
  // The series converges everywhere; 200 terms are enough for |x| < 6.
  let [sum, term] = [x, x]
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

/** Log-probabilities of the token after each of `ids`, and the rows that go into every linear map. */
export const plainGpt = ({ heads, blocks, width, weight, substrate }: PlainGpt, ids: readonly number[]) => {
  const inputs = new Map<string, Rows>()
  const map = (x: Rows, name: string, bias?: string): number[][] => {
    inputs.set(name, x)
    const w = weight(name)
    const n = w.length / (x[0] as readonly number[]).length
    return x.map((row) => Array.from({ length: n }, (_, j) => row.reduce((sum, v, k) => sum + v * w[k * n + j]!, bias === undefined ? 0 : weight(bias)[j]!)))
  }
  const norm = (x: Rows, at: string): number[][] =>
    x.map((row) => {
      const mean = row.reduce((a, b) => a + b, 0) / row.length
      const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length
      return row.map((v, k) => ((v - mean) / Math.sqrt(variance + 1e-5)) * weight(`${at}/scale`)[k]! + weight(`${at}/bias`)[k]!)
    })
  const plus = (a: Rows, b: Rows): number[][] => a.map((row, i) => row.map((v, k) => v + b[i]![k]!))
  const size = width / heads
  /** Rotary positions: the two halves of a head are turned together. */
  const turned = (row: readonly number[], at: number): number[] =>
    row.map((v, k) => {
      const [head, j] = [Math.floor(k / size), k % size]
      const half = size / 2
      const angle = at * 10000 ** -((j % half) / half)
      const other = row[head * size + ((j + half) % size)]!
      return v * Math.cos(angle) + (j < half ? -other : other) * Math.sin(angle)
    })
  const attention = (x: Rows, at: string): number[][] => {
    const query = map(x, `${at}/query`).map(turned)
    const key = map(x, `${at}/key`).map(turned)
    const value = map(x, `${at}/value`)
    const seen = query.map((q, i) =>
      Array.from({ length: width }, (_, k) => {
        const from = Math.floor(k / size) * size
        const scores = Array.from({ length: i + 1 }, (_, j) => {
          let sum = 0
          for (let d = from; d < from + size; d++) sum += q[d]! * key[j]![d]!
          return Math.exp(sum / Math.sqrt(size))
        })
        const all = scores.reduce((a, b) => a + b, 0)
        return scores.reduce((sum, s, j) => sum + (s / all) * value[j]![k]!, 0)
      }),
    )
    return map(seen, `${at}/out`)
  }
  let x: number[][] = ids.map((id) => substrate[id]!.map((v) => v * Math.sqrt(width)))
  for (let i = 0; i < blocks; i++) {
    x = plus(x, attention(norm(x, `block/${i}/norm1`), `block/${i}/attention`))
    const inner = map(norm(x, `block/${i}/norm2`), `block/${i}/mlp/up`, `block/${i}/mlp/up_bias`).map((row) => row.map((v) => (v / 2) * (1 + erf(v / Math.SQRT2))))
    x = plus(x, map(inner, `block/${i}/mlp/down`, `block/${i}/mlp/down_bias`))
  }
  const logits = map(norm(x, "norm"), "head/weight", "head/bias")
  const logp = logits.map((row) => {
    const all = Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0))
    return row.map((v) => v - all)
  })
  return { logp, inputs }
}
