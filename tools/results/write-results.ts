/**
 * A study's results as Markdown with pictures beside it: how it was made, the board of its criteria, tables with intervals, curves,
 * and the discussion, which people write in a file of its own.
 */
import { boundsText } from "../../src/schema/plain-table.ts"
import type { Matrix } from "../../src/schema/views.ts"
import { duration } from "../command/duration.ts"
import type { StudyLine } from "../command/line-schema.ts"
import { heatMap } from "../report/heat-map.ts"
import { drawLines } from "../report/draw-lines.ts"
import { figure } from "../report/metrics-section.ts"
import { countsOf, measured, partsOf, scopesOf } from "../report/verdicts-section.ts"
import { forest } from "./forest.ts"
import { standalone } from "./standalone.ts"

export interface Results {
  readonly markdown: string
  /** By name, beside it. */
  readonly pictures: ReadonlyMap<string, string>
}

/** `folder`: of the pictures, from the page. */
export const resultsOf = async (study: StudyLine, discussion: string | undefined, folder: string): Promise<Results> => {
  const pictures = new Map<string, string>()
  const picture = (node: string, title: string, svg: string): string => {
    const name = `${node.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "")}.svg`
    pictures.set(name, standalone(svg))
    return `![${title}](${folder}/${name})`
  }
  const sections = [
    `# Results of ${study.graph}`,
    "Written by `npx cambium results` from the results file of a run; only the discussion is by hand.",
    tally(study),
    ...(discussion === undefined ? [] : ["## Discussion", discussion.trim()]),
    "## Criteria",
    reading,
    ...partsOf(study.verdicts).flatMap(([part, own]) => [
      ...(part === "" ? [] : [`### ${part}`]),
      picture(`criteria ${part}`, part, forest(part, own.map(({ value }) => value)).html),
      folded("The same in figures, with those of every seed", own.map(criterion).join("\n\n")),
    ]),
    ...(study.matrices.length === 0 ? [] : ["## Methods"]),
    ...study.matrices.flatMap(({ node, value }) => [`### ${value.title}`, about(value), picture(node, value.title, heatMap(value).html), folded("The same as a table", table(value))]),
    ...(study.curves.length === 0 ? [] : ["## Curves", "Bands are 95 % intervals."]),
    ...(await Promise.all(study.curves.map(async ({ node, value: { title, x, y, series } }) => [`### ${title}`, picture(node, title, await drawLines({ x, y, lines: series }, title))]))).flat(),
    "## How it was made",
    [...study.facts, ["graph", `${study.nodes} nodes; making all of their results took ${duration(study.ms)} of node time, in however many runs`] as const].map(([name, value]) => `- **${name}**: ${name === "command" ? `\`${value}\`` : value}`).join("\n"),
  ]
  return { markdown: `${sections.join("\n\n")}\n`, pictures }
}

const tally = ({ verdicts }: StudyLine): string => {
  const row = ({ value, tokens, ms }: StudyLine["verdicts"][number]): string =>
    `| ${[value.id, value.outcome === "PASS" ? "**PASS**" : value.outcome, cell(value.claim), seedsOf(value.effects), tokens === 0 ? "" : count(tokens), duration(ms)].join(" | ")} |`
  const counts = countsOf(verdicts).map(([outcome, n]) => `${n} ${outcome}`).join(", ")
  return [`**${counts}.**`, "", "| | verdict | claim | seeds | tokens trained | node time |", "|---|---|---|---|---|---|", ...verdicts.map(row)].join("\n")
}

/** How a criterion came about, and how to read it. */
const reading = [
  "Claims are written down, with their thresholds, before the first run; of one that came later the graph says so. **PASS**: the whole 95 % interval lies where the claim says. **FAIL**: none of it does. **INCONCLUSIVE**: it crosses the threshold, or there is one seed only. Intervals are over seeds (Student's t) and documents or items (paired bootstrap), in quadrature; what is counted, not sampled, has none, and must hold in every seed.",
  "",
  "- Shaded is where the claim says that the figure lies; the bar is its interval, the dot its mean, and ticks are single seeds.",
  "- A difference in bits per character below 0 says that what is named first needs fewer bits for the same text: it predicts better.",
  "- A figure without a unit is a ratio or a count: 0.05 for \"one over another, less 1\" is 5 % more bits than the other, -0.05 is 5 % fewer; a share of 0.2 is a fifth of the way.",
  "- Tokens are those trained on, and time is that of all nodes a verdict rests on, each result counted once.",
].join("\n")

const folded = (title: string, text: string): string => `<details><summary>${title}</summary>\n\n${text}\n\n</details>`

const criterion = ({ value }: StudyLine["verdicts"][number]): string =>
  [
    `**${value.id}. ${value.outcome}.** ${value.claim}`,
    "",
    "| figure | value | 95 % interval | claimed | by seed | |",
    "|---|---|---|---|---|---|",
    ...value.effects.map((e) => `| ${[cell(e.name), measured(e), e.low === e.high ? "" : `${figure(e.low)} to ${figure(e.high)}`, boundsText(e), e.values.map(figure).join(", "), e.outcome].join(" | ")} |`),
    "",
    `Over ${scopesOf(value).join("; ")}.`,
  ].join("\n")

const seedsOf = (effects: readonly { readonly values: readonly number[] }[]): string => {
  const seeds = [...new Set(effects.map(({ values }) => values.length))].sort((a, b) => a - b)
  return seeds.length > 1 ? `${seeds[0]} to ${seeds.at(-1)}` : String(seeds[0] ?? 0)
}

const about = ({ unit, better, over }: Matrix): string => `In ${unit}; ${better} is better. 95 % intervals over ${over}.`

const table = ({ rows, columns, cells, chance }: Matrix): string =>
  [
    `| method | ${columns.map(cell).join(" | ")} |`,
    `|---|${columns.map(() => "---|").join("")}`,
    ...rows.map((row, r) => `| ${[cell(row), ...(cells[r] ?? []).map(({ value, interval }) => (interval === null ? figure(value) : `${figure(value)} (${figure(interval[0])} to ${figure(interval[1])})`))].join(" | ")} |`),
    ...(chance === null ? [] : [`| *chance* | ${columns.map(() => figure(chance)).join(" | ")} |`]),
  ].join("\n")

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

/** "3.1 million", for people. */
const count = (n: number): string => (n >= 1e6 ? `${(n / 1e6).toPrecision(3)} million` : n.toLocaleString("en-GB"))
