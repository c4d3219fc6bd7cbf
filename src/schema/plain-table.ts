/** Matrices and verdicts as plain tables, for whoever draws no better. A chance level goes with the figures. */
import type { Matrix, Table, Verdict } from "./views.ts"

const within = (low: number, high: number): string => `${short(low)} to ${short(high)}`
/** Four digits, in tables and beside what is drawn. */
export const short = (x: number): string => String(Number(x.toPrecision(4)))

export const matrixTable = ({ title, unit, chance, over, rows, columns, cells }: Matrix): Table => ({
  title: [title, unit, over].filter((part) => part !== "").join(", "),
  columns: ["", ...columns.flatMap((column) => [column, "95 % interval"])],
  rows: [
    ...rows.map((row, r) => [row, ...(cells[r] ?? []).flatMap(({ value, interval }) => [value, interval === null ? "" : within(...interval)])]),
    ...(chance === null ? [] : [["chance", ...columns.flatMap(() => [chance, ""])]]),
  ],
})

/** Where the claim says that the figure lies. */
export const boundsText = ({ above, below }: Verdict["effects"][number]): string =>
  [...(above === null ? [] : [`> ${short(above)}`]), ...(below === null ? [] : [`< ${short(below)}`])].join(" and ")

export const verdictTable = ({ id, claim, outcome, effects }: Verdict): Table => ({
  title: `${[id, outcome].join(" ").trim()}: ${claim}`,
  columns: ["figure", "value", "95 % interval", "over", "claimed", "outcome"],
  rows: effects.map((effect) => [effect.name, effect.value, within(effect.low, effect.high), effect.over, boundsText(effect), effect.outcome]),
})
