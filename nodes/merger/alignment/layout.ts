/**
 * Which units each axis of a network's tensors runs over. Units may change places wherever they occur and the network stays what it is; so this is
 * all that matching by weights must know of an architecture (Ainsworth et al., arXiv 2209.04836, call it a permutation spec).
 */
import { hint, must, NodeFailure, type Shape, type Tensors } from "#src"
import { biasName, layersOf, weightName } from "../../port/network.ts"

/** Names of the units that lie one behind the other along an axis; none where it stays as it is. */
export type Axis = readonly string[]

export interface Layout {
  /** Axes of a tensor, by its name. What has no name here stays as it is. */
  readonly axes: ReadonlyMap<string, readonly Axis[]>
  /** How many units there are of each name. */
  readonly sizes: ReadonlyMap<string, number>
}

/** For each name of units the one that comes to each place. */
export type Orders = ReadonlyMap<string, readonly number[]>

export const identityOrders = ({ sizes }: Layout): Map<string, readonly number[]> =>
  new Map([...sizes].map(([units, size]) => [units, Array.from({ length: size }, (_, i) => i)]))

/** Units of hidden layer `l` of a chain of linear maps are named by that number. */
export const networkLayout = (widths: readonly number[]): Layout => {
  const hidden = (l: number): Axis => (l < 0 || l + 1 === layersOf(widths) ? [] : [`${l}`])
  return {
    axes: new Map(Array.from({ length: layersOf(widths) }, (_, l): [string, Axis[]][] => [[weightName(l), [hidden(l - 1), hidden(l)]], [biasName(l), [hidden(l)]]]).flat()),
    sizes: new Map(widths.slice(1, -1).map((width, l) => [`${l}`, width])),
  }
}

/**
 * A layout from texts by names of tensors, a word for each axis: `.` stays, `a` is all units of that name, `a+b` those of a and then those of b
 * (concatenated), `4*h` four times those of h (the gates of an LSTM). Maps whose outputs are added have units of one name.
 * Fails, for the param `units`, where `tensors` are of other names or shapes.
 */
export const readLayout = (texts: Readonly<Record<string, string>>, tensors: Tensors): Layout => {
  const axes = new Map(Object.entries(texts).map(([name, text]) => [name, text.trim().split(/\s+/).map((word) => axisOf(name, word))]))
  const shapes = new Map([...axes].map(([name, of]) => [name, shapeOf(name, of, tensors)]))
  const places = [...axes].flatMap(([name, of]) => of.map((axis, k) => ({ name, axis, k, extent: must(shapes.get(name), name)[k] as number })))
  const sizes = new Map<string, number>()
  for (const { axis: [first, ...others], axis, extent } of places) if (first !== undefined && others.every((other) => other === first)) sizes.set(first, extent / axis.length)
  for (const { name, axis, k, extent } of places) {
    const unknown = axis.find((units) => !sizes.has(units))
    if (unknown !== undefined) fail(`how many units ${unknown} has cannot be told: they lie beside others only, in ${name}`)
    const expected = axis.reduce((sum, units) => sum + (sizes.get(units) as number), 0)
    if (!axis.every((units) => Number.isInteger(sizes.get(units)))) fail(`${name}: expected a multiple of ${axis.length} units along axis ${k}, got ${extent}`)
    if (axis.length > 0 && expected !== extent) fail(`${name}: expected ${expected} units along axis ${k} (${axis.join("+")}), got ${extent}`)
  }
  return { axes, sizes }
}

const fail = (message: string): never => {
  throw new NodeFailure(message, { param: "units" })
}

const axisOf = (tensor: string, word: string): Axis =>
  word === "."
    ? []
    : word.split("+").flatMap((part) => {
        const { times = "1", units = "" } = /^(?:(?<times>[1-9]\d*)\*)?(?<units>[A-Za-z_][\w/-]*)$/.exec(part)?.groups ?? {}
        return units === "" ? fail(`${tensor}: expected ".", or units such as "a", "a+b" or "4*h", got ${JSON.stringify(word)}`) : Array.from({ length: Number(times) }, () => units)
      })

const shapeOf = (name: string, axes: readonly Axis[], tensors: Tensors): Shape => {
  const shape = tensors[name]?.shape ?? fail(`there is no tensor ${name}${hint(name, Object.keys(tensors))}`)
  return shape.length === axes.length ? shape : fail(`${name}: expected a word for each axis of [${shape.join(", ")}], got ${axes.length}`)
}
