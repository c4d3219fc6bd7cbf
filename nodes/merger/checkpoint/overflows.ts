/** What is said of merged values that had no room, by tensor. SPEC F15. */
import { counted, must, type FloatFormat, type StoredDtype } from "#src"
import { noOverflow, plusOverflow, type Overflow } from "../method/overflow.ts"
import type { Job } from "./jobs.ts"
import type { MergePlan, PlannedTensor } from "./merge-plan.ts"
import { sourcesOf } from "./sources.ts"

/** Plain data. */
export type TensorOverflow = {
  readonly tensor: string
  readonly values: number
  /** Without its sign; null where what it is calculated in has no room for it. */
  readonly largest: number | null
  /** What has no room for it, by its name in configurations, and which of their keys says so. */
  readonly beyond: { readonly format: string; readonly key: "dtype" | "out_dtype" } | null
}

/** By their names in configurations, and the size from which on a number is rounded to infinity. The smaller first. */
const formats: readonly { readonly dtype: FloatFormat; readonly name: string; readonly least: number }[] = [
  { dtype: "F16", name: "float16", least: 65520 },
  { dtype: "BF16", name: "bfloat16", least: (2 - 2 ** -8) * 2 ** 127 },
  { dtype: "F32", name: "float32", least: (2 - 2 ** -24) * 2 ** 127 },
  { dtype: "F64", name: "float64", least: Infinity },
]

/** Of every job of a plan what it had no room for. */
export const overflowsOf = ({ tensors }: MergePlan, jobs: readonly Job[], found: readonly Overflow[]): readonly TensorOverflow[] => {
  const sums = new Map<number, Overflow>()
  found.forEach((one, i) => {
    const { tensor } = must(jobs[i], "job")
    if (one.values > 0) sums.set(tensor, plusOverflow(sums.get(tensor) ?? noOverflow, one))
  })
  return [...sums].sort(([a], [b]) => a - b).map(([at, { values, largest }]) => {
    const tensor = must(tensors[at], "tensor")
    return { tensor: tensor.name, values, largest: Number.isFinite(largest) ? largest : null, beyond: Number.isFinite(largest) ? formatWithoutRoom(tensor, largest) : null }
  })
}

/** What inputs are rounded to (with compat), or the result. */
const formatWithoutRoom = ({ dtype, work }: PlannedTensor, largest: number): TensorOverflow["beyond"] => {
  const isIn = (of: StoredDtype | undefined) => formats.find((format) => format.dtype === of && largest >= format.least)
  const read = sourcesOf(work).flatMap(({ cast }) => isIn(cast) ?? [])[0]
  if (read !== undefined) return { format: read.name, key: "dtype" }
  const stored = isIn(dtype)
  return stored === undefined ? null : { format: stored.name, key: "out_dtype" }
}

/** A sentence. */
export const describeOverflow = ({ tensor, values, largest, beyond }: TensorOverflow): string => {
  const [one, was] = [values === 1, values === 1 ? "was" : "were"]
  const which = `${counted(values, "value")} of ${tensor} ${one ? "is" : "are"}`
  if (beyond === null || largest === null) return `${which} beyond the range of what ${one ? "it is" : "they are"} calculated in, and ${was} written as infinite`
  const holders = formats.filter(({ least }) => largest < least).slice(0, 2).map(({ name }) => name)
  return `${which} beyond ${beyond.format}'s range and ${was} written as infinite; ${beyond.key}: ${holders.join(" or ")} holds ${one ? "it" : "them"}`
}

/** For people: a sentence for each of the first tensors, and one for the rest. */
export const describeOverflows = (overflows: readonly TensorOverflow[], most = 10): readonly string[] => {
  const rest = overflows.slice(most)
  const values = rest.reduce((sum, one) => sum + one.values, 0)
  return [...overflows.slice(0, most).map(describeOverflow), ...(rest.length === 0 ? [] : [`so ${values === 1 ? "was" : "were"} ${counted(values, "value")} of ${counted(rest.length, "more tensor")}`])]
}
