/**
 * Writes the value of one element of a step into a kernel: loads it when the step has a buffer, else writes its op
 * over the elements of its arguments. Ops that only move elements change the coordinates and write nothing.
 * Not here: ops that loop (`loops.ts`).
 */
import { AssertionError, must } from "../../base/assert.ts"
import { sizeOf, type Shape } from "../../base/ndarray.ts"
import type { Step } from "../../tensor/program.ts"
import type { Body } from "./body.ts"
import type { Dialect } from "./dialect.ts"
import { castText, type ElementwiseStep, elementwiseText, isElementwise, needsRounding } from "./elementwise.ts"
import { literalValue } from "./fuse.ts"
import { addConstant, broadcastTo, constantForm, flatten, type Form, formKey, levelOf, rangeOf, scale, sum } from "./index-form.ts"
import { writeLoop } from "./loops.ts"
import { literal, numberText } from "./writer.ts"

/** A value and the conditions under which it may be computed. */
interface Part {
  readonly bounds: readonly string[]
  readonly value: () => string
}

export class Reader {
  /** Steps whose buffers the kernel binds, in the order of its parameters. */
  readonly bound: number[] = []
  readonly body: Body
  readonly steps: readonly Step[]
  readonly dialect: Dialect
  readonly #isBuffer: (index: number) => boolean

  constructor(body: Body, steps: readonly Step[], dialect: Dialect, isBuffer: (index: number) => boolean) {
    this.body = body
    this.steps = steps
    this.dialect = dialect
    this.#isBuffer = isBuffer
  }

  step(index: number): Step {
    return must(this.steps[index], "step")
  }

  /** Name or literal of the element of step `index` at `coords`. */
  read(index: number, coords: readonly Form[]): string {
    const step = this.step(index)
    if (sizeOf(step.shape) === 0) return literal(0)
    const value = literalValue(step, this.dialect)
    if (value !== undefined) return numberText(value)
    const key = `${index} ${coords.map(formKey).join()}`
    const known = this.body.recall(key)
    if (known !== undefined) return known
    const level = this.body.place(levelOf(coords))
    return this.body.keep(level, key, this.#isBuffer(index) ? this.#load(index, coords, level) : this.compute(index, coords, level))
  }

  /** The element computed here, whether or not the step also has a buffer. */
  compute(index: number, coords: readonly Form[], level: number): string {
    const step = this.step(index)
    const arg = (i: number): number => must(step.args[i], "argument")
    const shapeOf = (i: number): Shape => this.step(arg(i)).shape
    if (isElementwise(step)) return this.#elementwise(step, coords, level)
    switch (step.op) {
      case "input":
      case "constant":
      case "scan":
        return this.#load(index, coords, level)
      case "iota":
        return this.body.declare(level, this.body.index(must(coords[step.attrs.axis], "coordinate")))
      case "reshape":
        return this.read(arg(0), this.#reshaped(coords, step.shape, shapeOf(0)))
      case "transpose":
        return this.read(arg(0), step.attrs.permutation.map((_, axis) => must(coords[step.attrs.permutation.indexOf(axis)], "coordinate")))
      case "broadcast":
        return this.read(arg(0), broadcastTo(coords, shapeOf(0)))
      case "unfold": {
        const { strides, dilations } = step.attrs
        const under = (i: 0 | 1): Form => sum(scale(must(coords.at(i - 4), "place"), strides[i]), scale(must(coords.at(i - 2), "tap"), dilations[i]))
        return this.read(arg(0), [...coords.slice(0, -4), under(0), under(1)])
      }
      case "slice":
        return this.read(arg(0), coords.map((c, i) => addConstant(scale(c, step.attrs.steps[i] ?? 1), step.attrs.starts[i] ?? 0)))
      case "pad": {
        const inner = coords.map((c, i) => addConstant(c, -(step.attrs.low[i] ?? 0)))
        const bounds = coords.flatMap((c, i) => this.#within(c, step.attrs.low[i] ?? 0, must(shapeOf(0)[i], "extent")))
        return this.#guarded(level, numberText(step.attrs.value), [{ bounds, value: () => this.read(arg(0), inner) }])
      }
      case "concat": {
        const axis = step.attrs.axis
        const along = must(coords[axis], "coordinate")
        let start = 0
        const parts = step.args.map((source, i) => {
          const low = start
          const extent = must(shapeOf(i)[axis], "extent")
          start += extent
          const moved = coords.map((c, d) => (d === axis ? addConstant(c, -low) : c))
          return { extent, bounds: this.#within(along, low, extent), value: () => this.read(source, moved) }
        })
        return this.#guarded(level, literal(0), parts.filter(({ extent }) => extent > 0))
      }
      case "gather": {
        const axis = step.attrs.axis
        const rank = shapeOf(1).length
        const picked = this.#index(arg(1), coords.slice(axis, axis + rank), must(shapeOf(0)[axis], "extent"))
        return this.read(arg(0), [...coords.slice(0, axis), picked, ...coords.slice(axis + rank)])
      }
      case "take_along": {
        const picked = this.#index(arg(1), coords, must(shapeOf(0)[step.attrs.axis], "extent"))
        return this.read(arg(0), coords.map((c, d) => (d === step.attrs.axis ? picked : c)))
      }
      case "softmax":
      case "log_softmax":
      case "conv2d_input_gradient":
      case "fold":
      case "top_k":
      case "after":
      case "checkpoint":
        throw new AssertionError(`${step.op} reached a kernel: expand.ts rewrites it`)
      default: {
        const total = writeLoop(this, step, coords, level)
        return this.dialect.roundsByHand ? this.body.declare(level, `Math.fround(${total})`) : total
      }
    }
  }

  #load(index: number, coords: readonly Form[], level: number): string {
    const known = this.bound.indexOf(index)
    const slot = known >= 0 ? known : this.bound.push(index) - 1
    return this.body.declare(level, `a${slot}[${this.body.index(flatten(coords, this.step(index).shape))}]`)
  }

  #elementwise(step: ElementwiseStep, coords: readonly Form[], level: number): string {
    const args = step.args.map((index) => this.read(index, broadcastTo(coords, this.step(index).shape)))
    const constant = args.every((text) => !/^[va]\d/.test(text))
    const named = constant && args.length > 1 ? args.map((text) => this.body.declare(level, text)) : args
    const source = step.args[0] === undefined ? "f32" : this.step(step.args[0]).dtype
    const writer = { backend: this.dialect.backend, dtype: source, declare: (text: string) => this.body.declare(level, text) }
    const text = step.op === "cast" ? castText(named[0] ?? "", step.attrs.to, writer) : elementwiseText[step.op](named, writer)
    if (text === named[0]) return text
    return this.body.declare(level, this.dialect.roundsByHand && needsRounding(step) ? `Math.fround(${text})` : text)
  }

  #reshaped(coords: readonly Form[], from: Shape, to: Shape): readonly Form[] {
    const kept = coords.filter((_, i) => from[i] !== 1)
    const wide = to.filter((extent) => extent !== 1)
    const same = kept.length === wide.length && wide.every((extent, i) => extent === from.filter((e) => e !== 1)[i])
    if (!same) return this.body.atoms.unflatten(flatten(coords, from), to)
    let next = 0
    return to.map((extent) => (extent === 1 ? constantForm(0) : must(kept[next++], "coordinate")))
  }

  /** Conditions for low <= form < low + extent that its range does not already settle. */
  #within(form: Form, low: number, extent: number): readonly string[] {
    const [least, most] = rangeOf(form)
    return [
      ...(least >= low ? [] : [`${this.body.index(form)} >= ${low}`]),
      ...(most < low + extent ? [] : [`${this.body.index(form)} < ${low + extent}`]),
    ]
  }

  /** A variable with the value of the last part whose bounds hold, else `otherwise`. */
  #guarded(level: number, otherwise: string, parts: readonly Part[]): string {
    const sure = parts.find(({ bounds }) => bounds.length === 0)
    if (sure !== undefined) return sure.value()
    const chosen = this.body.declare(level, otherwise)
    for (const { bounds, value } of parts) {
      this.body.branch(level, bounds.join(" && "), (inner) => this.body.line(inner, `${chosen} = ${value()};`))
    }
    return chosen
  }

  /** An element of an integer tensor as part of an index. */
  #index(indices: number, coords: readonly Form[], extent: number): Form {
    return this.body.atoms.named(`(${this.read(indices, coords)} | 0)`, extent, this.body.place(levelOf(coords)))
  }
}
