/** Figures, curves, bytes and colours as the page draws them. */
import { expect, test } from "vitest"
import { bytesOfText, floatsOfText, rgbaOf } from "../../../../src/live/page/draw/bytes.ts"
import { heatColours } from "../../../../src/live/page/draw/colours.ts"
import { count, figure, shape, size, tickLabels, time } from "../../../../src/live/page/draw/format.ts"
import { alignSeries, extent, seriesOf, sparkline } from "../../../../src/live/page/draw/series.ts"

test("figures are short and of steady width", () => {
  expect([2.3456, 0.0412, 12.3456, 0, 3, -1.5, 1e-7, 123456789.5].map((x) => figure(x))).toEqual(["2.346", "0.04120", "12.35", "0", "3", "-1.500", "1.00e-7", "1.23e8"])
  expect([12, 950, 9_400, 61_000, 7_800_000].map(time)).toEqual(["12 ms", "0.9 s", "9.4 s", "1 min 01 s", "2 h 10 min"])
  expect([812, 4_200_000, 999_960].map(size)).toEqual(["812 B", "4.2 MB", "1.0 MB"])
  expect([shape([]), shape([2, 3]), count(1, "node"), count(2, "node")]).toEqual(["scalar", "2 × 3", "1 node", "2 nodes"])
})

test("ticks have the digits that tell them apart", () => {
  expect(tickLabels([6.242, 6.244, null, 6.246])).toEqual(["6.242", "6.244", "", "6.246"])
  expect(tickLabels([0, 50, 100])).toEqual(["0", "50", "100"])
  expect(tickLabels([0.5])).toEqual(["0.500"])
})

test("curves of different x share one axis, with gaps", () => {
  expect(alignSeries([{ name: "a", points: [[0, 1], [2, 3]] }, { name: "b", points: [[1, 5], [2, 6]] }])).toEqual([[0, 1, 2], [1, null, 3], [null, 5, 6]])
  expect(alignSeries([])).toEqual([[]])
})

test("a small curve spans its box; one of many points keeps the last", () => {
  expect(sparkline([[0, 0], [10, 1]], 100, 20)).toBe("M0.0 20.0L100.0 0.0")
  expect(sparkline([], 100, 20)).toBe("")
  expect(sparkline([[3, 3]], 100, 20)).toBe("M50.0 10.0")
  const path = sparkline(Array.from({ length: 1000 }, (_, i) => [i, i] as const), 50, 20)
  expect(path.match(/[ML]/g)).toHaveLength(50)
  expect(path.endsWith("L50.0 0.0")).toBe(true)
  expect(extent([])).toEqual([0, 1])
})

test("curves of two times are told apart by name and dash", () => {
  expect(seriesOf({ y: "loss", series: [{ name: "", points: [] }] }, { when: "A", dashed: true })).toEqual([{ name: "loss, A", points: [], colour: 1, dashed: true }])
})

test("bytes are floats and pixels", () => {
  const base64 = Buffer.from(new Float32Array([1.5, -2]).buffer).toString("base64")
  expect(floatsOfText(base64)).toEqual([1.5, -2])
  expect([...bytesOfText("AQID")]).toEqual([1, 2, 3])
  expect([...rgbaOf(Uint8Array.of(9, 8, 7), 1, 1, 3)]).toEqual([9, 8, 7, 255])
  expect([...rgbaOf(Uint8Array.of(1, 2), 1, 1, 1, 1)]).toEqual([2, 2, 2, 255])
})

test("heat is blue below zero and orange above, alike in strength; what is not a number is clear", () => {
  const [cold, none, hot, gap] = [0, 4, 8, 12].map((at) => [...heatColours([-2, 0, 2, NaN], "light").slice(at, at + 4)])
  expect(cold?.[2]).toBeGreaterThan(cold?.[0] as number)
  expect(hot?.[0]).toBeGreaterThan(hot?.[2] as number)
  expect(none).toEqual([246, 244, 238, 255])
  expect(gap?.[3]).toBe(0)
})
