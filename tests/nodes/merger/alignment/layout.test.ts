import { describe, expect, it } from "vitest"
import { must, ndarray, random, type NdArray, type Tensors } from "#src"
import { alignTensors } from "#nodes"
import { identityOrders, networkLayout, readLayout, type Layout, type Orders } from "../../../../nodes/merger/alignment/layout.ts"
import { matchWeights } from "../../../../nodes/merger/alignment/match-weights.ts"
import { permutedTensors } from "../../../../nodes/merger/alignment/permute.ts"
import { runContext } from "../../dataset/run-context.ts"

const draw = (shapes: Readonly<Record<string, readonly number[]>>, seed: string): Tensors =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, ndarray("f32", shape, random(seed).fork(name).normals(shape.reduce((a, b) => a * b, 1)))]))

/** A convolution, a concatenation, a sum, an LSTM and an answer. */
const shapes = {
  "in/kernel": [3, 3, 2, 8], "in/bias": [8],
  "grow/kernel": [1, 1, 8, 4], "grow/bias": [4],
  "join/kernel": [1, 1, 12, 8], "join/bias": [8],
  "rnn/ih": [24, 8], "rnn/hh": [24, 6], "rnn/bias": [24],
  "out": [3, 6], "other": [5],
}
const units = {
  "in/kernel": ". . . stream", "in/bias": "stream",
  "grow/kernel": ". . stream growth", "grow/bias": "growth",
  "join/kernel": ". . stream+growth stream", "join/bias": "stream",
  "rnn/ih": "4*cell stream", "rnn/hh": "4*cell cell", "rnn/bias": "4*cell",
  "out": ". cell",
}
const a = draw(shapes, "a")
const layout = readLayout(units, a)

const shuffledOrders = ({ sizes }: Layout, seed: string): Orders =>
  new Map([...sizes].map(([name, n]) => [name, Array.from({ length: n }, (_, i) => i).sort((i, j) => random(seed).fork(name).uniform(i) - random(seed).fork(name).uniform(j))]))

describe("readLayout", () => {
  it("tells how many units there are of each name", () => {
    expect([...layout.sizes]).toEqual([["stream", 8], ["growth", 4], ["cell", 6]])
    expect(layout.axes.get("join/kernel")).toEqual([[], [], ["stream", "growth"], ["stream"]])
    expect(layout.axes.get("rnn/hh")).toEqual([["cell", "cell", "cell", "cell"], ["cell"]])
  })
  it.each([
    [{ "in/kernal": ". . . a" }, "there is no tensor in/kernal (did you mean in/kernel?)"],
    [{ "in/kernel": ". a" }, "in/kernel: expected a word for each axis of [3, 3, 2, 8], got 2"],
    [{ "in/bias": "a,b" }, 'in/bias: expected ".", or units such as "a", "a+b" or "4*h", got "a,b"'],
    [{ "in/bias": "0*a" }, 'in/bias: expected ".", or units such as "a", "a+b" or "4*h", got "0*a"'],
    [{ "in/bias": "a+b" }, "how many units a has cannot be told: they lie beside others only, in in/bias"],
    [{ "in/bias": "a", "grow/bias": "b", "join/kernel": ". . a+b+b ." }, "join/kernel: expected 16 units along axis 2 (a+b+b), got 12"],
    [{ "out": "4*a ." }, "out: expected a multiple of 4 units along axis 0, got 3"],
  ])("refuses %j", (texts, message) => {
    expect(() => readLayout(texts, a)).toThrow(message)
  })
})

describe("matchWeights of any architecture", () => {
  it("finds the order of shuffled units through convolutions, concatenations, sums and gates", () => {
    const orders = shuffledOrders(layout, "shuffle")
    const shuffled = permutedTensors(a, layout, orders)
    expect(shuffled["join/kernel"]).not.toEqual(a["join/kernel"])
    expect(shuffled["other"]).toBe(a["other"])
    const found = matchWeights(a, shuffled, layout, random("match"))
    for (const [name, order] of orders) expect(order.map((_, place) => order[must(found.get(name), name)[place] as number]), name).toEqual(order.map((_, place) => place))
    expect(permutedTensors(shuffled, layout, found)).toEqual(a)
  })
  it("moves a unit everywhere it occurs", () => {
    const [first, second] = [1, 0]
    const swapped: Orders = new Map(identityOrders(layout)).set("growth", [first, second, 2, 3])
    const now = permutedTensors(a, layout, swapped)
    const at = (of: Tensors, name: string) => [...(of[name] as NdArray).data]
    expect(at(now, "grow/bias")).toEqual([1, 0, 2, 3].map((i) => at(a, "grow/bias")[i]))
    // Units of growth lie behind the eight of the stream.
    expect(at(now, "join/kernel").slice(8 * 8, 9 * 8)).toEqual(at(a, "join/kernel").slice(9 * 8, 10 * 8))
    expect(at(now, "join/kernel").slice(0, 8 * 8)).toEqual(at(a, "join/kernel").slice(0, 8 * 8))
  })
  it("leaves weights of other networks closer than they were, though a recurrent axis meets itself", () => {
    const innerProduct = (x: Tensors, y: Tensors) => Object.keys(x).reduce((sum, name) => sum + [...(x[name] as NdArray).data].reduce((s, value, k) => s + value * ((y[name] as NdArray).data[k] as number), 0), 0)
    const [ownShapes, own] = [{ hh: [9, 9] }, { hh: "cell cell" }]
    for (const seed of ["b", "c", "d", "e", "f", "g", "h", "i"]) {
      const [b, x, y] = [draw(shapes, seed), draw(ownShapes, `${seed}/x`), draw(ownShapes, `${seed}/y`)]
      expect(innerProduct(a, permutedTensors(b, layout, matchWeights(a, b, layout, random(seed)))), seed).toBeGreaterThan(innerProduct(a, b))
      const recurrent = readLayout(own, x)
      expect(innerProduct(x, permutedTensors(y, recurrent, matchWeights(x, y, recurrent, random(seed)))), seed).toBeGreaterThanOrEqual(innerProduct(x, y))
    }
  })
  it("knows a chain of linear maps as the layout of its widths", () => {
    const { axes, sizes } = networkLayout([5, 7, 6, 2])
    expect(Object.fromEntries(axes)).toEqual({
      "layers/0/weight": [[], ["0"]], "layers/0/bias": [["0"]], "layers/1/weight": [["0"], ["1"]], "layers/1/bias": [["1"]], "layers/2/weight": [["1"], []], "layers/2/bias": [[]],
    })
    expect([...sizes]).toEqual([["0", 7], ["1", 6]])
  })
})

describe("merger/align-tensors", () => {
  const of = (source: string, tensors: Tensors) => ({ meta: { source }, tensors })
  it("gives the network back whose units were shuffled, and says how many moved", async () => {
    const orders = shuffledOrders(layout, "shuffle")
    const given = { tensors: of("b", permutedTensors(a, layout, orders)), reference: of("a", a) }
    const out = await alignTensors.run(given, { units }, runContext())
    const moved = (name: string) => must(orders.get(name), name).filter((unit, place) => unit !== place).length
    expect(out).toMatchObject({ tensors: { meta: { source: "b" }, tensors: a }, table: { title: "Units of b in the order of a", rows: ["stream", "growth", "cell"].map((name) => [name, layout.sizes.get(name), moved(name)]) } })
  })
  it("fails where the networks have different shapes, and names the tensor", () => {
    const narrow = { ...a, "grow/bias": ndarray("f32", [3], new Float32Array(3)) }
    expect(() => alignTensors.run({ tensors: of("b", narrow), reference: of("a", a) }, { units }, runContext())).toThrow("b, tensor grow/bias: expected the shape [4] of a, got [3]")
    const { out: _, ...rest } = a
    expect(() => alignTensors.run({ tensors: of("b", rest as Tensors), reference: of("a", a) }, { units }, runContext())).toThrow("b, tensor out: expected the shape [3, 6] of a, got no such tensor")
  })
})
