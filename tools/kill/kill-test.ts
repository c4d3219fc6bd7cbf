/** `npm run kill-test`: prints a table of the kills, and fails when anything was lost, changed or done twice without need. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { killAgainAndAgain, type Kill, type KillOptions } from "./kill.ts"

/** Steps enough for checkpoints on the way. */
export const killedGraph: Pick<KillOptions, "file" | "sets"> = {
  file: fileURLToPath(new URL("../../graphs/growing-transformer.ts", import.meta.url)),
  sets: ["expert/*.steps=40", "grow/*.steps=40"],
}

const columns: readonly (keyof Kill)[] = ["at", "results", "wrong", "damaged", "running", "repeatedNodes", "repeatedSteps", "allowedSteps"]

export const killTest = async (kills: number, seed: number): Promise<number> => {
  const dir = mkdtempSync(join(tmpdir(), "cambium-kill-"))
  console.log(`kill test: ${kills} kills, seed ${seed}`)
  console.log(["kill", ...columns].join("\t"))
  let count = 0
  try {
    const report = await killAgainAndAgain({
      ...killedGraph,
      kills,
      seed,
      dir,
      onKill: (kill) => console.log([++count, ...columns.map((column) => kill[column])].join("\t")),
      onRun: (isEqual) => console.log(isEqual ? "ended with equal contents" : "ENDED WITH OTHER CONTENTS"),
    })
    const sum = (column: keyof Kill): number => report.kills.reduce((n, kill) => n + kill[column], 0)
    const within = report.kills.filter(({ repeatedSteps, allowedSteps, repeatedNodes }) => repeatedSteps <= allowedSteps && repeatedNodes === 0).length
    const intact = report.kills.filter(({ wrong, damaged }) => wrong + damaged === 0).length
    console.log(`\n${report.nodes} nodes; uninterrupted: ${(report.wholeMs / 1000).toFixed(1)} s`)
    console.log(`store intact after ${intact} of ${report.kills.length} kills: every result in it as in the uninterrupted run, every blob whole`)
    console.log(`work repeated is at most what was done since the last checkpoint after ${within} of ${report.kills.length} (${sum("repeatedSteps")} steps of ${sum("allowedSteps")}; finished nodes run again: ${sum("repeatedNodes")})`)
    console.log(`final contents equal those of the uninterrupted run in ${report.equal} of ${report.runs} runs, through all ${report.kills.length} kills`)
    return intact === kills && within === kills && report.equal === report.runs ? 0 : 1
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
