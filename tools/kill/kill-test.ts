/** `npm run kill-test`: prints a table of the kills, and fails when anything was lost, changed or done twice without need. */
import * as E from "fp-ts/lib/Either.js"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { loadGraph } from "../command/load-graph-file.ts"
import { killAgainAndAgain, type Kill, type KillOptions } from "./kill.ts"

/** Steps enough that trainers save checkpoints on their way, a fifth of a second apart. */
const sets: { readonly [graph: string]: readonly string[] } = {
  "growing-transformer": ["expert/*.steps=300", "grow/*.steps=100"],
  "two-experts": ["expert/*.steps=300"],
}

/** A graph with these params on top of its tiny size, and the arguments that run it on two cores. */
export const killedGraph = async (path: string, sets: readonly string[]): Promise<Pick<KillOptions, "graph" | "args">> => {
  const graph = await loadGraph(path, { set: sets, tiny: true })
  if (E.isLeft(graph)) throw new Error(graph.left.messages.join("\n"))
  return { graph: graph.right, args: [path, "--tiny", "--device", "onnx", "--jobs", "2", "--checkpoint-every", "200ms", ...sets.flatMap((one) => ["--set", one])] }
}

const columns: readonly (keyof Kill)[] = ["at", "results", "wrong", "underWay", "wentOn"]

/** `name`: of a file in graphs/. */
export const killTest = async (kills: number, seed: number, processes: number, name: string): Promise<number> => {
  const file = fileURLToPath(new URL(`../../graphs/${name}.ts`, import.meta.url))
  const dir = mkdtempSync(join(tmpdir(), "cambium-kill-"))
  console.log(`kill test: cambium run graphs/${name}.ts, ${kills} kills, seed ${seed}, processes on a store: ${processes}`)
  console.log(["kill", ...columns].join("\t"))
  let count = 0
  try {
    const { ends, equal, repeated, resumed, setBack, nodes, wholeMs, ...report } = await killAgainAndAgain({
      ...(await killedGraph(file, sets[name] ?? [])),
      kills,
      processes,
      seed,
      dir,
      onKill: (kill) => console.log([++count, ...columns.map((column) => kill[column])].join("\t")),
      onEnd: (isEqual) => console.log(isEqual ? "ended with equal contents" : "ENDED WITH OTHER CONTENTS"),
    })
    const intact = report.kills.filter(({ wrong }) => wrong === 0).length
    console.log(`\n${nodes} nodes; uninterrupted: ${(wholeMs / 1000).toFixed(1)} s`)
    console.log(`store intact after ${intact} of ${report.kills.length} kills: every result in it as in the uninterrupted run, every blob whole`)
    console.log(`finished nodes run again: ${repeated.length === 0 ? "none" : repeated.join(", ")}; went on from the furthest checkpoint: ${resumed} times, from less: ${setBack}`)
    console.log(`final contents equal those of the uninterrupted run in ${equal} of ${ends} runs, through all ${report.kills.length} kills`)
    return intact === report.kills.length && repeated.length + setBack === 0 && equal === ends ? 0 : 1
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
