/** The port types that reports draw: what they accept, and that no number that is not finite gets into one. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { curvePort, metricPort, ndarray, picturePort, samplePort, tablePort, type PortType } from "#src"

const trip = <A>(port: PortType<string, A>, value: A) => port.decode(new Uint8Array(Buffer.concat(port.encode(value))))
const read = (port: PortType, value: unknown) => port.decode(new TextEncoder().encode(JSON.stringify(value)))

describe("views", () => {
  it("[G1] survive the trip through bytes", () => {
    const curve = { title: "Loss", x: "steps", y: "nats", series: [{ name: "train", points: [[0, 7.6], [10, 6.1]] as const }] }
    const metric = { title: "Bits per character", unit: "bit", better: "lower" as const, values: { en: 2.25, mix: 2.5 } }
    const sample = { title: "Samples", samples: [{ locale: "ru", prompt: "Функция ", text: "возвращает" }] }
    const table = { title: "Text", columns: ["part", "size"], rows: [["train", 12]] }
    const picture = { meta: { title: "Glyphs", captions: ["a"] }, tensors: { pixels: ndarray("u8", [1, 2, 2], new Uint8Array([0, 255, 255, 0])) } }
    expect(trip(curvePort, curve)).toEqual(E.right(curve))
    expect(trip(metricPort, metric)).toEqual(E.right(metric))
    expect(trip(samplePort, sample)).toEqual(E.right(sample))
    expect(trip(tablePort, table)).toEqual(E.right(table))
    expect(trip(picturePort, picture)).toEqual(E.right(picture))
    expect([curvePort, metricPort, samplePort, tablePort, picturePort].map((port) => port.view)).toEqual(["curve", "metric", "sample", "table", "picture"])
  })

  it("[G1] refuse a direction that is neither, a point that is no pair and a cell that is no text or number", () => {
    expect(read(metricPort, { title: "x", unit: "", better: "less", values: {} })).toMatchObject(E.left(expect.stringContaining("better")))
    expect(read(curvePort, { title: "", x: "", y: "", series: [{ name: "", points: [[1]] }] })).toMatchObject(E.left(expect.stringContaining("series.0.points.0.1: expected a finite number")))
    expect(read(tablePort, { title: "", columns: ["a"], rows: [[null]] })).toMatchObject(E.left(expect.stringContaining("rows.0.0")))
  })

  it("[G1] cannot be written with a number that is not finite", () => {
    expect(() => metricPort.encode({ title: "x", unit: "", better: "lower", values: { en: Number.NaN } })).toThrow("finite")
  })
})
