/** `npm run bench:engine`: measures the rows, prints them as a table. Bars are reported, not enforced. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { machineClass } from "../machine.ts"
import { rows } from "./roster.ts"
import type { Finding } from "./row.ts"

/** Exit code: 0 measured, 2 no row has such a name. */
export const benchEngine = async (words: readonly string[], root: string): Promise<number> => {
  const chosen = rows.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
  if (chosen.length === 0) {
    process.stderr.write(`bench:engine has the rows ${rows.map(({ name }) => name).join(", ")}\n`)
    return 2
  }
  const findings: Finding[] = []
  const notices: string[] = []
  for (const { name, measure } of chosen) {
    process.stderr.write(`${name}\n`)
    const folder = mkdtempSync(join(tmpdir(), "cambium-bench-"))
    try {
      findings.push(...(await measure({ root, folder, notice: (line) => notices.push(line) })))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  process.stdout.write(`${markdown(findings, notices)}\n`)
  return 0
}

const markdown = (findings: readonly Finding[], notices: readonly string[]): string => {
  const lines = findings.map(({ work, here, than, bar }) => [
    work,
    here,
    ...(than === undefined ? ["", "", ""] : [than.peer, than.figure, `${than.times.toFixed(than.times < 10 ? 2 : 0)}x`]),
    bar === undefined ? "" : `${bar.text}: ${bar.isMet ? "met" : "not met"}`,
  ])
  const table = [["work", "here", "peer", "there", "times longer", "bar"], ["---", "---", "---", "---", "---", "---"], ...lines]
  return [`Machine: ${machineClass()}.`, table.map((cells) => `| ${cells.join(" | ")} |`).join("\n"), ...notices.map((line) => `Note: ${line}`)].join("\n\n")
}
