/**
 * One place along an axis replaced, as a cache of keys is: a choice by `eq(iota, index)` between a row and what was there. ONNX writes
 * the row alone, where the choice would look at every element. Only where the index must be in range, which `ScatterElements` checks
 * and the choice forgives: where it also is what a `gather` reads by.
 */
import type { Step } from "../../tensor/program.ts"
import { equalShapes, withAxis } from "../../tensor/shape.ts"
import { eitherWay, type StepOf, stepOf } from "./matching.ts"
import type { Counted, Pattern } from "./pattern.ts"
import { arg } from "./row.ts"

export const replacedPlace = (program: Counted, step: StepOf<"where">): Pattern | undefined => {
  const [condition, row, old] = step.args as readonly [number, number, number]
  const here = stepOf(program, condition, "eq")
  const found = here === undefined ? undefined : eitherWay(here, (places, index) => placeOf(program, step, places, index))
  if (found === undefined || !equalShapes(program.steps[old]!.shape, step.shape)) return undefined
  const { axis, index } = found
  if (!equalShapes(program.steps[row]!.shape, withAxis(step.shape, axis, 1))) return undefined
  return {
    args: [old, index, row],
    row: (emit, lowered) => {
      const [array, at, update] = lowered.args.map(({ name }) => name) as [string, string, string]
      return emit.node("ScatterElements", [array, emit.expand(at, arg(lowered, 2).shape), update], { axis })
    },
  }
}

/** The axis that `places` counts and the index it is compared with, which is the same all along that axis. */
const placeOf = (program: Counted, { shape, dtype }: Step, places: number, index: number): { readonly axis: number; readonly index: number } | undefined => {
  const iota = stepOf(program, places, "iota")
  const at = program.steps[index]!
  if (iota === undefined || dtype === "bool") return undefined
  const { axis } = iota.attrs
  const counts = iota.shape.length === shape.length && at.shape.length === shape.length && iota.shape[axis] === shape[axis] && at.shape[axis] === 1
  return counts && isInRange(program, index, iota.shape[axis]!) ? { axis, index } : undefined
}

/** Whether a program that is right cannot have an index there that is not below `extent`. */
const isInRange = (program: Counted, index: number, extent: number): boolean => {
  const source = sourceOf(program, index)
  return program.steps.some((step) => {
    if (step.op !== "gather") return false
    const [table, indices] = step.args as readonly [number, number]
    return sourceOf(program, indices) === source && program.steps[table]!.shape[step.attrs.axis]! <= extent
  })
}

/** The value that `index` is another shape of. */
const sourceOf = (program: Counted, index: number): number => {
  const step = program.steps[index]!
  return step.op === "reshape" ? sourceOf(program, step.args[0]!) : index
}
