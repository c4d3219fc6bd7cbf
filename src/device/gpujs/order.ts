/**
 * The k largest elements of a line in ops that have kernels, in one of three ways, since a kernel writes each element of its
 * result once and cannot exchange two:
 *
 * - few of many: k times the best of those that come after the last one; 2 n k operations, 2 k kernels;
 * - short lines: the rank of an element is the number of those before it; n (n + k) operations, 2 kernels;
 * - long lines: Batcher's bitonic network on indices (AFIPS, 1968); about n log(n)^2 / 2 exchanges, a kernel for each of its
 *   log(n) (log(n) + 1) / 2 passes.
 */
import { must } from "../../base/assert.ts"
import { lowestFloat, scalar, type Dtype, type Shape } from "../../base/ndarray.ts"
import type { OpAttrs } from "../../tensor/op.ts"
import type { Expander } from "./expand.ts"

/** Up to here, counting is as fast as exchanging and compiles in a tenth of the time (on webasm, 0.2 ms at 256; 2.5 against 0.8 ms at 1024). */
const shortLine = 256
/** Up to here, one after the other is faster than all. */
const few = 8

type Test = "lt" | "le" | "eq" | "and" | "or"

/** `shape` with the extents `by` in place of the one at `axis`. */
const replaced = (shape: Shape, axis: number, ...by: readonly number[]): Shape => [...shape.slice(0, axis), ...by, ...shape.slice(axis + 1)]

/** One line of elements and what is asked of it. */
class Line {
  readonly out: Expander
  readonly axis: number
  readonly shape: Shape
  readonly extent: number

  constructor(out: Expander, x: number, axis: number) {
    this.out = out
    this.axis = axis
    this.shape = out.shape(x)
    this.extent = must(this.shape[axis], "axis")
  }

  /** The line's axis split into `extents`. */
  split(...extents: readonly number[]): Shape {
    return replaced(this.shape, this.axis, ...extents)
  }

  /** Numbers along part `part` of the split axis, stretching along the others. */
  places(extents: readonly number[], part: number): number {
    const one = this.shape.map(() => 1)
    const shape = replaced(one, this.axis, ...extents.map((extent, i) => (i === part ? extent : 1)))
    return this.out.make("iota", [], { shape, axis: this.axis + part }, shape, "i32")
  }

  test(op: Test, a: number, b: number, shape: Shape): number {
    return this.out.make(op, [a, b], {}, shape, "bool")
  }

  choose(condition: number, a: number, b: number, shape: Shape, dtype: Dtype): number {
    return this.out.make("where", [condition, a, b], {}, shape, dtype)
  }

  number(value: number, dtype: Dtype = "i32"): number {
    return this.out.make("constant", [], { value: scalar(dtype, value) }, [], dtype)
  }
}

/** f32 with infinity in the place of NaN, which has no order. */
const withoutNaN = (line: Line, x: number): number => {
  const { shape } = line
  return line.choose(line.test("eq", x, x, shape), x, line.number(Infinity, "f32"), shape, "f32")
}

const byCounting = (line: Line, key: number, k: number): number => {
  const { out, axis, extent } = line
  const square = line.split(extent, extent)
  const total = (terms: number, to: Shape): number => out.sum(terms, { axes: [axis + 1], keepDims: false }, to, "i32")
  const columns = line.places([1, extent], 1)
  const [own, other] = [out.reshape(key, line.split(extent, 1)), out.reshape(key, line.split(1, extent))]
  const earlier = line.test("lt", columns, line.places([extent, 1], 0), replaced(line.shape.map(() => 1), axis, extent, extent))
  const tied = line.test("and", line.test("eq", own, other, square), earlier, square)
  const before = line.test("or", line.test("lt", own, other, square), tied, square)
  const counted = total(out.make("cast", [before], { to: "i32" }, square, "i32"), line.shape)
  const picked = line.split(k, extent)
  const found = line.test("eq", out.reshape(counted, line.split(1, extent)), line.places([k, 1], 0), picked)
  return total(line.choose(found, columns, line.number(0), picked, "i32"), line.split(k))
}

const oneByOne = (line: Line, key: number, k: number, dtype: Dtype): number => {
  const { out, axis, extent, shape } = line
  const places = line.places([extent], 0)
  const backwards = out.make("neg", [places], {}, out.shape(places), "i32")
  const one = line.split(1)
  const most = (x: number, of: Dtype): number => out.make("reduce_max", [x], { axes: [axis], keepDims: true }, one, of)
  const found: number[] = []
  let rest: number | undefined
  for (let rank = 0; rank < k; rank++) {
    const kept = rest === undefined ? key : line.choose(rest, key, line.number(dtype === "f32" ? lowestFloat : 1 - 2 ** 24, dtype), shape, dtype)
    const best = most(kept, dtype)
    // At least the best: what was left out counts as the lowest number, which an infinity may lie below.
    const reached = line.test("le", best, key, shape)
    const candidate = rest === undefined ? reached : line.test("and", rest, reached, shape)
    const at = out.make("neg", [most(line.choose(candidate, backwards, line.number(-extent), shape, "i32"), "i32")], {}, one, "i32")
    found.push(at)
    const later = line.test("and", line.test("eq", key, best, shape), line.test("lt", at, places, shape), shape)
    rest = line.test("or", line.test("lt", key, best, shape), later, shape)
  }
  return out.concat(found, axis, line.split(k), "i32")
}

/** One pass of the network: each index stays or changes places with the one `distance` away, so that runs of `size` get into order. */
const exchange = (line: Line, key: number, indices: number, whole: number, size: number, distance: number): number => {
  const { out, axis, extent } = line
  const parts = [Math.max(1, whole / (2 * size)), size < whole ? 2 : 1, size / (2 * distance), 2, distance]
  const view = line.split(...parts)
  const within = (index: number): number => (whole === extent ? index : out.make("min", [index, line.number(extent - 1)], {}, out.shape(index), "i32"))
  const partner = out.make("sub", [line.number(1), out.make("iota", [], { shape: [2], axis: 0 }, [2], "i32")], {}, [2], "i32")
  const across = (x: number, dtype: Dtype): number => out.make("gather", [x, partner], { axis: axis + 3 }, view, dtype)
  const dtype = must(out.steps[key], "key").dtype
  const own = out.reshape(indices, view)
  const other = across(own, "i32")
  const value = out.reshape(out.make("take_along", [key, within(indices)], { axis }, line.split(whole), dtype), view)
  const against = across(value, dtype)
  const tied = line.test("and", line.test("eq", value, against, view), line.test("lt", own, other, view), view)
  const ordered = line.test("or", line.test("lt", against, value, view), tied, view)
  // Indices past the end fill the line up to a power of two; they come last.
  const end = line.number(extent)
  const before =
    whole === extent ? ordered : line.test("or", line.test("and", ordered, line.test("lt", own, end, view), view), line.test("le", end, other, view), view)
  const [half, direction] = [line.places(parts, 3), line.places(parts, 1)]
  const first = line.test("eq", half, direction, replaced(line.shape.map(() => 1), axis, 1, must(parts[1], "directions"), 1, 2, 1))
  const chosen = line.choose(line.test("eq", before, first, view), own, other, view, "i32")
  out.kept.add(chosen)
  return out.reshape(chosen, line.split(whole))
}

const byExchanges = (line: Line, key: number, k: number): number => {
  const { out, axis, extent } = line
  const whole = 2 ** Math.ceil(Math.log2(extent))
  let indices = out.make("iota", [], { shape: line.split(whole), axis }, line.split(whole), "i32")
  for (let size = 2; size <= whole; size *= 2)
    for (let distance = size / 2; distance >= 1; distance /= 2) indices = exchange(line, key, indices, whole, size, distance)
  const shape = line.split(k)
  if (k === whole) return indices
  return out.make("slice", [indices], { starts: shape.map(() => 0), ends: shape, steps: shape.map(() => 1) }, shape, "i32")
}

/** i32 indices of the `k` largest (or smallest) elements of `x`, in steps that have kernels. */
export const expandTopK = (out: Expander, x: number, { axis, k, largest }: OpAttrs["top_k"]): number => {
  const line = new Line(out, x, axis)
  const { dtype } = must(out.steps[x], "operand")
  const ordered = dtype === "f32" ? withoutNaN(line, x) : x
  const key = largest ? ordered : out.make("neg", [ordered], {}, line.shape, dtype)
  if (k <= few && line.extent > 4 * k) return oneByOne(line, key, k, dtype)
  return line.extent <= shortLine ? byCounting(line, key, k) : byExchanges(line, key, k)
}
