import { describe, expect, it } from "vitest"
import type { Matrix, Verdict } from "#src"
import { boundsText, matrixTable, verdictTable } from "../../../src/schema/plain-table.ts"

const effect = { name: "a below b", unit: "bits", value: -0.1, low: -0.2, high: -0.05, values: [-0.1], over: "3 seeds", above: null, below: 0, outcome: "PASS" as const }

describe("plain tables", () => {
  it("show a matrix with its intervals, and never without its chance level", () => {
    const matrix: Matrix = {
      title: "Induction", unit: "share", better: "higher", chance: 0.04, over: "3 seeds", rows: ["grown", "whole"], columns: ["all"],
      cells: [[{ value: 0.5, interval: [0.4, 0.61234] }], [{ value: 0.9, interval: null }]],
    }
    expect(matrixTable(matrix)).toEqual({
      title: "Induction, share, 3 seeds",
      columns: ["", "all", "95 % interval"],
      rows: [["grown", 0.5, "0.4 to 0.6123"], ["whole", 0.9, ""], ["chance", 0.04, ""]],
    })
    expect(matrixTable({ ...matrix, chance: null }).rows.length).toBe(2)
  })

  it("show a verdict with all that it rests on", () => {
    const verdict: Verdict = { id: "5", part: "B", claim: "it wins", outcome: "PASS", effects: [effect] }
    expect(verdictTable(verdict)).toMatchObject({ title: "5 PASS: it wins", rows: [["a below b", -0.1, "-0.2 to -0.05", "3 seeds", "< 0", "PASS"]] })
    expect(boundsText({ ...effect, above: -0.05, below: 0.05 })).toBe("> -0.05 and < 0.05")
  })
})
