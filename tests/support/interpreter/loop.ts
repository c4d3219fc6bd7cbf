/** Evaluation in float64: ops that run a program many times. */
import { assert, must } from "../../../src/base/assert.ts"
import { sizeOf } from "../../../src/base/ndarray.ts"
import type { LoopOps } from "../../../src/tensor/op/loop.ts"
import { loopKey } from "../../../src/tensor/loop-body.ts"
import type { Rows, Site, Wide, Wides } from "./wide.ts"

/** Slice `t` along the first axis. */
const sliceOf = ({ dtype, shape, data }: Wide, t: number): Wide => {
  const inner = shape.slice(1)
  const size = sizeOf(inner)
  return { dtype, shape: inner, data: data.slice(t * size, (t + 1) * size) }
}

/** All results by name: `final0`, `entering0`, `out0`, ...; what is stacked as the list of its slices. */
export type LoopValues = ReadonlyMap<string, readonly Wide[]>

const run = ({ attrs, args, interpret }: Site<"scan">): LoopValues => {
  const { body, carries, slices, length, reverse } = attrs
  const results = new Map<string, Wide[]>()
  const record = (name: string, t: number, value: Wide) => {
    const known = results.get(name) ?? []
    results.set(name, known)
    known[t] = value
  }
  let state = args.slice(0, carries)
  for (let n = 0; n < length; n++) {
    const t = reverse ? length - 1 - n : n
    const inputs: Record<string, Wide> = {}
    state.forEach((value, i) => (inputs[`carry${i}`] = value))
    args.slice(carries, carries + slices).forEach((value, i) => (inputs[`slice${i}`] = sliceOf(value, t)))
    args.slice(carries + slices).forEach((value, i) => (inputs[`constant${i}`] = value))
    const outputs: Wides = interpret(body, inputs)
    state.forEach((value, i) => record(`entering${i}`, t, value))
    for (const [name, value] of Object.entries(outputs)) if (name.startsWith("out")) record(name, t, value)
    state = state.map((_, i) => must(outputs[`carry${i}`], `carry${i}`))
  }
  state.forEach((value, i) => results.set(`final${i}`, [value]))
  return results
}

export const loopRows: Rows<LoopOps> = {
  scan: (site) => {
    const { step, attrs, loops } = site
    const key = loopKey(attrs, step.args)
    const results = loops.get(key) ?? run(site)
    loops.set(key, results)
    const parts = must(results.get(`${attrs.result}${attrs.index}`), attrs.result)
    if (attrs.result === "final") return must(parts[0], "final")
    const data = new Float64Array(sizeOf(step.shape))
    assert(parts.length === attrs.length, "one slice an iteration")
    parts.forEach((part, t) => data.set(part.data, t * part.data.length))
    return { dtype: step.dtype, shape: step.shape, data }
  },
}
