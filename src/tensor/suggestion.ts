/**
 * What would fit where operands do not: frequent mistakes undone one at a time and tried on the op's own rule, so that what is
 * suggested is true. Looked for only when a trace has failed.
 */
import { sizeOf, type Dtype, type Shape } from "../base/ndarray.ts"
import { equalShapes, showShape, withAxis } from "./shape.ts"
import type { Typed } from "./trace-error.ts"

type Attrs = Readonly<Record<string, unknown>>

/** One change, in the words of the code that would make it, and what the op would then get. */
interface Change {
  readonly text: string
  readonly operands: readonly Typed[]
  readonly attrs: Attrs
}

/** The first change after which the op takes its operands, or nothing. */
export const suggestion = (operands: readonly Typed[], attrs: Attrs, fits: (operands: readonly Typed[], attrs: Attrs) => boolean): string | undefined =>
  changes(operands, attrs).find((change) => fits(change.operands, change.attrs))?.text

const changes = (operands: readonly Typed[], attrs: Attrs): readonly Change[] => [
  ...flags(operands, attrs),
  ...otherAxes(operands, attrs),
  ...casts(operands, attrs),
  ...newAxes(operands, attrs),
  ...swapped(operands, attrs),
  ...shapes(operands, attrs),
]

const nameOf = (operands: readonly Typed[], i: number): string => (operands.length === 1 ? "x" : (["a", "b", "c"][i] ?? `operand ${i + 1}`))

const replaced = (operands: readonly Typed[], attrs: Attrs, i: number, by: Partial<Typed>, text: (name: string) => string): Change => ({
  text: text(nameOf(operands, i)),
  operands: operands.map((x, at) => (at === i ? { ...x, ...by } : x)),
  attrs,
})

/** Transposition asked for, or not. */
const flags = (operands: readonly Typed[], attrs: Attrs): readonly Change[] =>
  ["transposeB", "transposeA"].flatMap((flag) => {
    const value = attrs[flag]
    return typeof value === "boolean" ? [{ text: `${flag}: ${!value}`, operands, attrs: { ...attrs, [flag]: !value } }] : []
  })

/** Another axis, the nearest first. */
const otherAxes = (operands: readonly Typed[], attrs: Attrs): readonly Change[] => {
  const { axis } = attrs
  const rank = Math.max(0, ...operands.map(({ shape }) => shape.length))
  if (typeof axis !== "number") return []
  const nearest = [...Array(rank).keys()].filter((at) => at !== axis).sort((a, b) => Math.abs(a - axis) - Math.abs(b - axis))
  return nearest.map((at) => ({ text: `axis ${at}`, operands, attrs: { ...attrs, axis: at } }))
}

/** One operand cast, or all of them: to a dtype that is there, or to one that most ops take. */
const casts = (operands: readonly Typed[], attrs: Attrs): readonly Change[] => {
  const there = operands.map(({ dtype }) => dtype).filter((dtype) => dtype === "f32" || dtype === "i32")
  const dtypes = [...new Set<Dtype>([...(there.includes("f32") ? (["f32"] as const) : there), ...there, "f32", "i32", "bool"])]
  return dtypes.flatMap((dtype) => [
    ...operands.flatMap((x, i) => (x.dtype === dtype ? [] : [replaced(operands, attrs, i, { dtype }, (name) => `cast(${name}, "${dtype}")`)])),
  ])
}

/** Axes of extent 1 put into an operand, so that its others lie under equal ones of a larger operand. */
const newAxes = (operands: readonly Typed[], attrs: Attrs): readonly Change[] =>
  operands.flatMap((x, i) =>
    operands.flatMap((like, j) => {
      if (i === j || x.shape.length === 0 || x.shape.length > like.shape.length) return []
      return placements(x.shape, like.shape).map((shape) => replaced(operands, attrs, i, { shape }, (name) => `reshape(${name}, ${showShape(shape)})`))
    }),
  )

/** `shape` spread over axes of `like` with equal extents, in their order, without leading ones. */
const placements = (shape: Shape, like: Shape): readonly Shape[] => {
  let partial: readonly { readonly used: number; readonly out: Shape }[] = [{ used: 0, out: [] }]
  for (const extent of like) {
    partial = partial.flatMap(({ used, out }) => [
      ...(shape[used] === extent ? [{ used: used + 1, out: [...out, extent] }] : []),
      { used, out: out.length === 0 ? [] : [...out, 1] },
    ])
    if (partial.length > 64) return []
  }
  return partial.filter(({ used, out }) => used === shape.length && !equalShapes(out, shape)).map(({ out }) => out)
}

/** The last two axes of an operand exchanged. */
const swapped = (operands: readonly Typed[], attrs: Attrs): readonly Change[] =>
  operands.flatMap((x, i) => {
    const [rows, columns] = x.shape.slice(-2)
    if (operands.length === 1 || rows === undefined || columns === undefined || rows === columns) return []
    return [replaced(operands, attrs, i, { shape: [...x.shape.slice(0, -2), columns, rows] }, (name) => `transpose(${name})`)]
  })

/** A shape asked for with one extent replaced by what is left over for it. */
const shapes = (operands: readonly Typed[], attrs: Attrs): readonly Change[] => {
  const [x] = operands
  const wanted = attrs["shape"]
  if (x === undefined || !Array.isArray(wanted) || !wanted.every((extent): extent is number => typeof extent === "number")) return []
  const size = sizeOf(x.shape)
  return [...wanted.keys()].reverse().flatMap((axis) => {
    const others = sizeOf(withAxis(wanted, axis))
    if (others === 0 || !Number.isInteger(others) || size % others !== 0) return []
    const shape = withAxis(wanted, axis, size / others)
    return [{ text: `the shape ${showShape(shape)}`, operands, attrs: { ...attrs, shape } }]
  })
}
