/** Canonical JSON: one text for one value, whatever order and spelling it came in. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonical, equalJson, type Json } from "../../../src/base/json.ts"

/** The same value with the members of every object in reverse order. */
const reversed = (value: Json): Json => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(reversed)
  return Object.fromEntries(Object.entries(value).reverse().map(([key, member]) => [key, reversed(member as Json)]))
}

describe("canonical JSON", () => {
  it("[K2] sorts keys by code unit, at every depth", () => {
    expect(canonical({ b: 1, a: { "é": 1, Z: 2, a: 3 }, "": 0 })).toBe('{"":0,"a":{"Z":2,"a":3,"é":1},"b":1}')
  })

  it("[K2] writes numbers in their shortest form and -0 as 0", () => {
    expect(canonical([1.0, 1e21, 0.1, -0, 1e-7])).toBe("[1,1e+21,0.1,0,1e-7]")
  })

  it("[K2] treats an undefined member as absent", () => {
    expect(canonical({ a: undefined, b: null })).toBe('{"b":null}')
    expect(equalJson({ a: undefined }, {})).toBe(true)
    expect(equalJson({ a: null }, {})).toBe(false)
  })

  it("[K2] refuses what JSON cannot hold", () => {
    expect(() => canonical(Number.NaN)).toThrow("finite")
    expect(() => canonical([Number.POSITIVE_INFINITY])).toThrow("finite")
    expect(() => canonical((() => 1) as unknown as Json)).toThrow("not a JSON value")
  })

  it("[K2] does not depend on the order of members, and parses back to an equal value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonical(value as Json)
        expect(canonical(reversed(value as Json))).toBe(text)
        expect(canonical(JSON.parse(text) as Json)).toBe(text)
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})
