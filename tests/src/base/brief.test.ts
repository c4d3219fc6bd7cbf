import { expect, it } from "vitest"
import { briefValue } from "../../../src/base/brief.ts"

it("values are shown on one line, and cut", () => {
  expect(["a text", 0.5, [1, "b"], null].map((value) => briefValue(value))).toEqual(["a text", "0.5", '[1,"b"]', "null"])
  expect(briefValue("merge_method: linear\nmodels: []\n")).toBe('"merge_method: linear\\nmodels: []\\n"')
  expect(briefValue("x".repeat(50))).toBe(`${"x".repeat(37)}...`)
})
