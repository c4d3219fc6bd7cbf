/**
 * Decides which steps get a kernel and a buffer; every other step is computed inside the kernels that read it. Walks
 * the steps from the last to the first, so that all readers of a step are placed before it is.
 */
import { must } from "../../base/assert.ts"
import { isHalf } from "../../base/half.ts"
import { numbersOf, sizeOf } from "../../base/ndarray.ts"
import type { Step } from "../../tensor/program.ts"
import { isLooping, kernelCost, loadCost, loopLength, pointCosts } from "./cost.ts"
import { type Dialect, largestInteger, maxKernelArguments } from "./dialect.ts"
import { isElementwise, sameNumbers } from "./elementwise.ts"

/** Places in one kernel where a step would be written: how often each is evaluated, and whether inside a loop. */
type Sites = Map<string, { evaluations: number; looped: boolean }>

/** More code than this in one kernel costs more to compile than it saves. */
const maxSites = 96

/** Steps whose value has the same numbers in the same order as their argument's. */
export const isAlias = (step: Step, steps: readonly Step[]): boolean =>
  step.op === "reshape" || step.op === "stop_gradient" ||
  (step.op === "cast" && sameNumbers(must(steps[must(step.args[0], "argument")], "argument step").dtype, step.attrs.to))

/** The step whose buffer holds this step's numbers. */
export const origin = (index: number, steps: readonly Step[]): number => {
  const step = must(steps[index], "step")
  return isAlias(step, steps) ? origin(must(step.args[0], "argument"), steps) : index
}

/** A constant that is written into kernels as a literal. */
export const literalValue = (step: Step, dialect: Dialect): number | undefined => {
  if (step.op !== "constant" || sizeOf(step.shape) !== 1) return undefined
  const value = must(numbersOf(step.attrs.value)[0], "constant")
  const largest = step.dtype === "f32" || isHalf(step.dtype) ? 2 ** 53 : largestInteger
  const plain = Number.isInteger(value) ? Math.abs(value) < largest : Number.isFinite(value)
  return plain || (dialect.infinities && Math.abs(value) === Infinity) ? value : undefined
}

/**
 * Steps whose values are tested for equality, also through ops that only move them. The gradient of a maximum asks which
 * element equals it: where recomputing may change a bit, they are computed once.
 */
const testedForEquality = (steps: readonly Step[]): ReadonlySet<number> => {
  const tested = new Set<number>()
  const visit = (index: number): void => {
    tested.add(index)
    const step = must(steps[index], "step")
    if (isAlias(step, steps) || step.op === "transpose" || step.op === "broadcast" || step.op === "slice" || step.op === "unfold") step.args.forEach(visit)
  }
  for (const step of steps) if (step.op === "eq") step.args.forEach(visit)
  return tested
}

/** Indices of the steps that get a kernel, those `kept` among them. Inputs and constants are buffers already and never get one. */
export const placeKernels = (steps: readonly Step[], outputs: readonly number[], kept: ReadonlySet<number>, dialect: Dialect): ReadonlySet<number> => {
  const kernels = new Set<number>()
  const readers = steps.map(() => new Map<number, Sites>())
  const buffers = new Map<number, Set<number>>()
  const written = new Map<number, number>()
  const costs = pointCosts(steps, kept)
  const tested: ReadonlySet<number> = dialect.repeatable ? new Set<number>() : testedForEquality(steps)
  const wanted = new Set(outputs.map((output) => origin(output, steps)))
  const isBuffer = (index: number): boolean => {
    const step = must(steps[index], "step")
    return step.op !== "iota" && sizeOf(step.shape) > 0 && literalValue(step, dialect) === undefined
  }

  /** Passes the sites of a step on to its arguments. */
  const spread = (index: number, kernel: number, sites: Sites): void => {
    const step = must(steps[index], "step")
    const length = loopLength(step, steps)
    step.args.forEach((arg, slot) => {
      const shape = must(steps[arg], "argument step").shape
      const sameShape = shape.length === step.shape.length && shape.every((extent, i) => extent === step.shape[i])
      const into = readers[arg]!.get(kernel) ?? new Map<string, { evaluations: number; looped: boolean }>()
      readers[arg]!.set(kernel, into)
      for (const [site, { evaluations, looped }] of sites) {
        const here = isElementwise(step) ? (sameShape ? site : `${site}~${shape.join()}`) : `${site}/${index}.${slot}`
        const known = into.get(here)
        into.set(here, {
          evaluations: Math.max(known?.evaluations ?? 0, evaluations * length),
          looped: looped || isLooping(step) || (known?.looped ?? false),
        })
      }
    })
  }

  const fits = (index: number, step: Step): boolean =>
    [...readers[index]!].every(([kernel, sites]) => {
      const bound = must(buffers.get(kernel), "kernel's buffers")
      const fresh = new Set(step.args.filter((arg) => isBuffer(arg) && !bound.has(arg)))
      return bound.size - 1 + fresh.size <= maxKernelArguments && (written.get(kernel) ?? 0) + sites.size <= maxSites
    })

  const joins = (index: number, step: Step): boolean => {
    if (wanted.has(index) || kept.has(index)) return false
    if (isAlias(step, steps) || !isBuffer(index)) return true
    if (!fits(index, step) || (tested.has(index) && readers[index]!.size > 1)) return false
    const sites = [...readers[index]!.values()].flatMap((bySite) => [...bySite.values()])
    const evaluations = sites.reduce((n, site) => n + site.evaluations, 0)
    const size = sizeOf(step.shape)
    if (isLooping(step)) return sites.length === 1 && evaluations === size && !sites[0]!.looped
    const cost = must(costs[index], "cost")
    return evaluations * cost <= size * (cost + 1) + evaluations * loadCost + kernelCost
  }

  for (let index = steps.length - 1; index >= 0; index--) {
    const step = must(steps[index], "step")
    if (step.op === "input" || step.op === "constant" || step.op === "scan") continue
    if (sizeOf(step.shape) === 0 || (readers[index]!.size === 0 && !wanted.has(index))) continue
    if (joins(index, step)) {
      for (const [kernel, sites] of readers[index]!) {
        const bound = must(buffers.get(kernel), "kernel's buffers")
        bound.delete(index)
        for (const arg of step.args) if (isBuffer(arg)) bound.add(arg)
        written.set(kernel, (written.get(kernel) ?? 0) + sites.size)
        spread(index, kernel, sites)
      }
      continue
    }
    kernels.add(index)
    buffers.set(index, new Set(step.args.filter(isBuffer)))
    written.set(index, 1)
    spread(index, index, new Map([["", { evaluations: sizeOf(step.shape), looped: false }]]))
  }
  return kernels
}
