/** Params: what each maker accepts, the defaults, and issues that name every wrong param at once. */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import { describe, expect, it } from "vitest"
import { choice, decodeParams, flag, integer, real, structured, text, words, type Params } from "../../../src/schema/param.ts"

const doc = "what it is"
const issueOf = (params: Params, raw: Record<string, unknown>) => {
  const decoded = decodeParams(params, raw)
  return E.isLeft(decoded) ? decoded.left : decoded.right
}

describe("params", () => {
  it("[G1] takes the default when nothing is given, and asks for a value when there is none", () => {
    const params = { steps: integer({ min: 1, max: 9, default: 3, doc }), name: text({ doc }) }
    expect(decodeParams(params, { name: "a" })).toEqual(E.right({ steps: 3, name: "a" }))
    expect(issueOf(params, { steps: undefined })).toEqual([{ _tag: "ParamIssue", param: "name", expected: "a text", got: "nothing" }])
  })

  it("[G1] whole numbers: the bounds are in, what is between two of them is not", () => {
    const params = { n: integer({ min: -1, max: 4, doc }) }
    expect([-1, 0, 4].map((n) => E.isRight(decodeParams(params, { n })))).toEqual([true, true, true])
    expect([-2, 5, 0.5, Number.NaN, "3", null, true].map((n) => E.isRight(decodeParams(params, { n })))).toEqual(new Array(7).fill(false))
  })

  it("[G1] real numbers: finite and within the bounds", () => {
    const params = { x: real({ min: 0, max: 1, doc }) }
    expect([0, 0.3, 1].map((x) => E.isRight(decodeParams(params, { x })))).toEqual([true, true, true])
    expect([-1e-9, 1.01, Number.POSITIVE_INFINITY, Number.NaN, "0.5"].map((x) => E.isRight(decodeParams(params, { x })))).toEqual(new Array(5).fill(false))
  })

  it("[G1] choices, switches, texts, lists and structured values say what they expect", () => {
    const params = {
      rule: choice(["mean", "max"], { doc }),
      on: flag({ doc }),
      title: text({ doc }),
      list: words({ doc }),
      pair: structured(t.tuple([t.number, t.number]), { doc, expected: "a pair of numbers" }),
    }
    expect(issueOf(params, { rule: "mena", on: 1, title: 2, list: "a", pair: [1] })).toEqual([
      { _tag: "ParamIssue", param: "rule", expected: 'one of "mean", "max"', got: '"mena"' },
      { _tag: "ParamIssue", param: "on", expected: "true or false", got: "1" },
      { _tag: "ParamIssue", param: "title", expected: "a text", got: "2" },
      { _tag: "ParamIssue", param: "list", expected: "a list of texts", got: '"a"' },
      { _tag: "ParamIssue", param: "pair", expected: "a pair of numbers", got: "[1]" },
    ])
    const good = { rule: "max", on: false, title: "", list: [], pair: [1, 2] }
    expect(decodeParams(params, good)).toEqual(E.right(good))
  })

  it("[G1] reports every issue at once, with a suggestion for a misspelt name and long values cut", () => {
    const params = { steps: integer({ min: 1, max: 9, default: 3, doc }), rate: real({ min: 0, max: 1, default: 0.1, doc }) }
    const issues = issueOf(params, { stpes: 4, rate: "x".repeat(200) }) as readonly { param: string; expected: string; got: string }[]
    expect(issues.map((issue) => issue.param)).toEqual(["stpes", "rate"])
    expect(issues[0]?.expected).toBe("one of the params steps, rate (did you mean steps?)")
    expect(issues[1]?.got).toHaveLength(80)
    expect(issueOf({}, { stpes: 4 })).toEqual([{ _tag: "ParamIssue", param: "stpes", expected: "no params", got: "an unknown param stpes" }])
  })

  it("[G1] carries a knob that fits the value, for pages", () => {
    expect(integer({ min: 1, max: 9, doc }).knob).toEqual({ _tag: "slider", min: 1, max: 9, step: 1 })
    expect(real({ min: 0, max: 1, doc }).knob).toEqual({ _tag: "slider", min: 0, max: 1, step: 0.01 })
    expect(choice(["a", "b"], { doc }).knob).toEqual({ _tag: "choice", options: ["a", "b"] })
    expect(flag({ doc }).knob).toEqual({ _tag: "switch" })
  })
})
