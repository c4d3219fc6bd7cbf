/** Port types: values survive the trip through bytes, equal values are equal bytes, wrong bytes are refused with a reason. */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonical } from "../../../src/base/json.ts"
import { ndarray } from "../../../src/base/ndarray.ts"
import { jsonPort, tensorsPort, type PortType } from "../../../src/schema/port.ts"

const bytesFor = <A>(port: PortType<string, A>, value: A) => new Uint8Array(Buffer.concat(port.encode(value)))
const bytes = (text: string) => new TextEncoder().encode(text)
const reason = <A>(result: E.Either<string, A>) => E.match((why: string) => why, () => "accepted")(result)

const points = jsonPort("points", t.type({ xs: t.array(t.number) }))
const weights = tensorsPort("weights", t.type({ steps: t.number }))

describe("jsonPort", () => {
  it("[G1] writes canonical JSON and reads it back", () => {
    const value = { xs: [1, 2.5], extra: "é" }
    expect(new TextDecoder().decode(bytesFor(points, value))).toBe('{"extra":"é","xs":[1,2.5]}')
    expect(points.decode(bytesFor(points, value))).toEqual(E.right(value))
  })

  it("[G1] says where a value does not fit, and refuses what is not JSON", () => {
    expect(reason(points.decode(bytes('{"xs":[1,"two"]}')))).toBe('xs.1: expected number, got "two"')
    expect(reason(points.decode(bytes("{}")))).toContain("xs: expected Array<number>, got undefined")
    expect(reason(points.decode(bytes('{"xs":[1')))).toContain("SyntaxError")
  })
})

describe("tensorsPort", () => {
  const value = { meta: { steps: 3 }, tensors: { w: ndarray("f32", [2], new Float32Array([1, -1])) } }

  it("[G1] keeps the description beside the tensors in one safetensors file", () => {
    expect(weights.decode(bytesFor(weights, value))).toEqual(E.right(value))
  })

  it("[G1] refuses a file whose description or tensors do not fit", () => {
    const other = tensorsPort("other", t.type({ epochs: t.string }))
    expect(reason(other.decode(bytesFor(weights, value)))).toContain("epochs: expected string")
    expect(reason(weights.decode(bytesFor(weights, value).slice(0, -1)))).toContain("do not hold")
  })
})

it("K2: the bytes of a JSON value are those of its canonical text, short or long, in any script", () => {
  const text = jsonPort("text", t.string)
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 100 }), (value) => Buffer.concat(text.encode(value)).equals(Buffer.from(canonical(value)))))
})
