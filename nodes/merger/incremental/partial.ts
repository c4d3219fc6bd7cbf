/**
 * Partial sums of a merge as values: what some models give, the sum of two such, and the merged tensors of the last. The additions and
 * their order are those of a merge from scratch (`formula-inputs.ts`), so the bytes are too; with partial sums kept, a changed coefficient
 * or model costs one term and the additions above it. SPEC M3.
 *
 * For methods of form `linear` whose coefficient of a model does not depend on the other models (weighted sums, task arithmetic), and of
 * form `sums` (TIES, DARE, breadcrumbs, DELLA, RAM, Fisher, model stock), where models are measured apart or not at all.
 */
import { type NdArray, type Tensors } from "#src"
import { bitsOf, fromBits } from "../f64-bits.ts"
import { makings, mergedOf, type Merge } from "../method/merge-tensors.ts"
import { sumCount, type Method } from "../method/method.ts"

const bytesOf = ({ data }: NdArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** Without what is judged by the sums over all. */
export const withoutJudge = ({ judge: _, ...method }: Method): Method => method

/** What the models give together. Sum `k` of a tensor is `<k>/<name>`; a tensor to which no model gives anything is absent. */
export const partialOf = (merge: Merge): Tensors => {
  const found: [string, NdArray][] = []
  for (const { tensor, measured, blocks, written } of makings({ ...merge, method: withoutJudge(merge.method) })) {
    for (let k = 0; k < sumCount(merge.method); k++) {
      const write = blocks.summing(measured, k)
      if (write !== undefined) found.push([`${k}/${tensor.name}`, bitsOf(new Float64Array(written(write, "F64").buffer))])
    }
  }
  return Object.fromEntries(found)
}

export const plusPartials = (a: Tensors, b: Tensors): Tensors => {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return Object.fromEntries(
    names.map((name) => {
      const [x, y] = [a[name], b[name]]
      if (x === undefined || y === undefined) return [name, (x ?? y) as NdArray]
      const [sum, other] = [fromBits(x), fromBits(y)]
      for (let i = 0; i < sum.length; i++) sum[i]! += other[i]!
      return [name, bitsOf(sum)]
    }),
  )
}

/** @param merge with the params and ids of all models, and what was found of each where models are measured; their numbers are not looked at, but for the first model's shapes where there is no base */
export const finishPartials = (merge: Merge, total: Tensors): Tensors =>
  mergedOf(merge, (name) =>
    Array.from({ length: sumCount(merge.method) }, (_, k) => total[`${k}/${name}`]).flatMap((of) => (of === undefined ? [] : [{ format: "F64" as const, bytes: bytesOf(of) }])),
  )
