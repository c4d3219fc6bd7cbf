/** `cambium log [FILE [NODE]]`: past runs, of everything or of one graph, and the results of a node with where they came from. SPEC W11. */
import * as E from "fp-ts/lib/Either.js"
import { hostname } from "node:os"
import { systemClock } from "../../src/base/clock.ts"
import { isRunning } from "../../src/store/leases.ts"
import type { RunRecord } from "../../src/store/run-log.ts"
import type { Store } from "../../src/store/store.ts"
import { hint } from "../../src/schema/closest.ts"
import { exitCode } from "./exit-code.ts"
import { columnsOf } from "./fitted.ts"
import { loadGraph } from "./load-graph-file.ts"
import { resultsOf, resultsText } from "./log-node.ts"
import { runsText, runLine } from "./log-runs.ts"
import { paintFor } from "./paint.ts"
import { listOption, parseCommand, textOption } from "./parse-command.ts"
import { beatMs } from "./run-history.ts"
import { storeOption, withStore } from "./setting.ts"
import { tellProblem } from "./tell-problem.ts"

export const logCommand = async (args: readonly string[]): Promise<number> => {
  const line = parseCommand("log", args)
  if (E.isLeft(line)) {
    console.error(line.left)
    return exitCode.wrongInput
  }
  const [file, node] = line.right.operands
  const limit = Number(textOption(line.right, "limit") ?? 20)
  if (!Number.isSafeInteger(limit) || limit < 1) {
    console.error(`--limit: expected a whole number from 1, got ${JSON.stringify(textOption(line.right, "limit"))}`)
    return exitCode.wrongInput
  }
  const loaded = file === undefined ? undefined : await loadGraph(file, { set: listOption(line.right, "set"), tiny: line.right.options["tiny"] === true })
  if (loaded !== undefined && E.isLeft(loaded)) {
    tellProblem(loaded.left, line.right.options["debug"] === true)
    return exitCode.wrongInput
  }
  const graph = loaded?.right
  const paths = [...(graph?.nodes.keys() ?? [])]
  if (node !== undefined && !paths.includes(node)) {
    console.error(`${file}: there is no node ${node}; there are ${paths.join(", ")}${hint(node, paths)}`)
    return exitCode.wrongInput
  }
  const isJson = line.right.options["json"] === true
  const [paint, width] = [paintFor(process.stdout), columnsOf(process.stdout)]
  return withStore(storeOption(line.right), async (store) => {
    const runs = runsIn(store).filter((run) => graph === undefined || run.graph === graph.name)
    if (graph !== undefined && node !== undefined) {
      const found = resultsOf(store, graph, node, limit)
      if (isJson) for (const one of [...found.results, ...found.lineage]) console.log(JSON.stringify(one))
      else console.log(resultsText(node, found, new Map(runs.map((run) => [run.id, run.name])), paint, width))
    } else if (isJson) for (const run of runs.slice(0, limit)) console.log(JSON.stringify(runLine(run)))
    else console.log(runsText(runs, limit, graph !== undefined, paint, width))
    return exitCode.done
  }, true)
}

/** As `RunRecord`, with those that were killed called so. */
export type PastRun = Omit<RunRecord, "state"> & { readonly state: RunRecord["state"] | "killed" }

const runsIn = ({ runLog }: Store): readonly PastRun[] => {
  const now = systemClock.wall()
  return runLog.runs().map((run) => ({ ...run, state: run.state === "running" && !goesOn(run, now) ? "killed" : run.state }))
}

/** Several times a beat: the machine may be busy. A process of this machine is looked for as well. */
const goesOn = ({ seen, host, pid }: RunRecord, now: number): boolean => now - seen < 6 * beatMs && (host !== hostname() || isRunning(pid))
