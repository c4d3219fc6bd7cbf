/**
 * Partial sums of a merge as values: what some models give, the sum of two such, and the merged tensors of the last. The additions and
 * their order are those of `merge-tensors.ts`, so the bytes are too; with partial sums kept, a changed coefficient or model costs
 * one term and the additions above it. SPEC M3.
 *
 * For methods of form `linear` whose coefficient of a model does not depend on the other models (weighted sums, task arithmetic), and of
 * form `sums` whose measuring treats each model by itself (TIES, DARE, breadcrumbs, DELLA, RAM, Fisher).
 */
import { ndarray, sizeOf, type NdArray, type Tensors } from "#src"
import { finishBlock, forRuns, plusSums, sumCount, termSums, type SumArrays } from "../method/blend.ts"
import { makings, stored, type Merge } from "../method/merge-tensors.ts"
import { sumOver } from "../method/sum-tree.ts"

/** f64 numbers as their bits: a port holds no f64. */
const toBits = (values: Float64Array): NdArray<"i32"> => ndarray("i32", [2 * values.length], new Int32Array(values.buffer, values.byteOffset, 2 * values.length))
const fromBits = ({ data }: NdArray): Float64Array => {
  // A copy: the bytes may lie where no f64 may begin.
  const copy = Int32Array.from(data as Int32Array)
  return new Float64Array(copy.buffer)
}

/** What the models give together. Sum `k` of a tensor is `<k>/<name>`; a tensor to which no model gives anything is absent. */
export const partialOf = (merge: Merge): Tensors => {
  const { method } = merge
  const found: [string, NdArray][] = []
  for (const { tensor, measured, tree, blocks } of makings(merge)) {
    const size = sizeOf(tensor.shape)
    const sums = Array.from({ length: sumCount(method) }, () => new Float64Array(size))
    let some = false
    for (const block of blocks()) {
      forRuns(method, block, new Float64Array(0), (run) => {
        const total = termSums(method, run, measured, (of) => sumOver(tree, of, plusSums))
        some ||= total !== undefined
        total?.forEach((values, k) => sums[k]?.set(values, run.start))
      })
    }
    if (some) sums.forEach((values, k) => found.push([`${k}/${tensor.name}`, toBits(values)]))
  }
  return Object.fromEntries(found)
}

export const plusPartials = (a: Tensors, b: Tensors): Tensors => {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return Object.fromEntries(
    names.map((name) => {
      const [x, y] = [a[name], b[name]]
      if (x === undefined || y === undefined) return [name, (x ?? y) as NdArray]
      return [name, toBits((plusSums([fromBits(x)], [fromBits(y)]) as readonly [Float64Array])[0])]
    }),
  )
}

/** @param merge with the params and ids of all models; their numbers are not looked at, but for the first model's shapes where there is no base */
export const finishPartials = (merge: Merge, total: Tensors): Tensors => {
  const { method, base, models } = merge
  const template = base ?? (models[0] as Merge["models"][number]).tensors
  const results = [...makings({ ...merge, method: { ...method, measure: () => ({ known: true, value: undefined }) } })].map(({ tensor, blocks }) => {
    const source = template[tensor.name] as NdArray
    const out = new Float64Array(source.data.length)
    const sums = Array.from({ length: sumCount(method) }, (_, k) => total[`${k}/${tensor.name}`])
    const whole: SumArrays = sums.includes(undefined) ? undefined : sums.map((of) => fromBits(of as NdArray))
    for (const block of blocks()) {
      forRuns(method, block, out.subarray(block.start, block.start + block.length), (run, into) =>
        finishBlock(method, run, whole?.map((of) => of.slice(run.start, run.start + run.length)), undefined, into),
      )
    }
    return [tensor.name, stored(out, source, merge.dtype)] as const
  })
  return { ...template, ...Object.fromEntries(results) }
}
