/**
 * `cambium run FILE`: brings a graph up to date, shows how that goes, and leaves a report. The contract of its output
 * and exit codes is in run-lines.ts and exit-code.ts.
 */
import { messageOf } from "../../src/base/message.ts"
import * as E from "fp-ts/lib/Either.js"
import { join, relative, resolve } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import type { Hash } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import type { Summary } from "../../src/engine/event.ts"
import type { Graph, Ref } from "../../src/graph/graph.ts"
import type { SweepCell } from "../../src/graph/sweep.ts"
import { isStream } from "../../src/schema/stream.ts"
import type { Store } from "../../src/store/store.ts"
import { cellMetrics, sweptTables } from "../report/sweep-tables.ts"
import { linesName, linesText, reportPath, writeReport } from "../report/write-report.ts"
import { noteRun } from "../unchanged/note-run.ts"
import { makeReadWatch, type ReadWatch } from "../unchanged/read-watch.ts"
import { closingLine, headline } from "../unchanged/told.ts"
import type { ChosenDevice } from "./device-choice.ts"
import { exitCode } from "./exit-code.ts"
import { onInterrupt } from "./interrupt.ts"
import type { CellLine, NondeterminismLine } from "./line-schema.ts"
import { collectedText, keepQuota } from "./keep-quota.ts"
import { loadSwept } from "./load-graph-file.ts"
import { metricsText } from "./metrics-text.ts"
import { openEngine } from "./open-engine.ts"
import { colours, paintFor, plain } from "./paint.ts"
import { reportFacts, reportStamp } from "./report-facts.ts"
import { recordRun } from "./run-history.ts"
import { summaryLine } from "./run-lines.ts"
import { runNameOf, readRunLine, type RunOptions } from "./run-options.ts"
import { makeRunOutcomes } from "./run-outcomes.ts"
import { openSurface } from "./open-surface.ts"
import { parseSaves, saveOutputs, type Save } from "./save-outputs.ts"
import { deviceFor, isShown, withStore } from "./setting.ts"
import { neededFor } from "./target.ts"
import { tellProblem } from "./tell-problem.ts"

/** The command's own code, where it is that of the sources: its id, and why it is no repetition of the last run. */
interface Tool {
  readonly id: string
  readonly whyAll: string
}

export const runCommand = async (args: readonly string[], tool?: Tool): Promise<number> => {
  const read = readRunLine("run", args)
  if (E.isLeft(read)) {
    console.error(read.left)
    return exitCode.wrongInput
  }
  const { file, set, sweep, tiny, overlay, debug, store: dir, target, device: asked } = read.right.options
  const watch = makeReadWatch()
  const given = { set, sweep, tiny, watch }
  const swept = overlay === undefined ? await loadSwept(file, given) : await (await import("./under-overlay.ts")).loadUnder(file, overlay, given)
  if (E.isLeft(swept)) {
    tellProblem(swept.left, debug)
    return exitCode.wrongInput
  }
  const options = { ...read.right.options, seed: swept.right.seed ?? read.right.options.seed }
  const graph = neededFor(target, swept.right.graph)
  const saves = E.isLeft(graph) ? graph : parseSaves(options.save, graph.right)
  if (E.isLeft(graph) || E.isLeft(saves)) {
    console.error(E.isLeft(graph) ? graph.left : E.isLeft(saves) ? saves.left : "")
    return exitCode.wrongInput
  }
  return withStore(dir, async (store) => {
    const device = await deviceFor(graph.right, asked, store)
    if (E.isLeft(device)) return console.error(device.left), exitCode.wrongInput
    if (options.plan) return (await import("./plan.ts")).planRun(graph.right, options, store, device.right)
    return runGraph(graph.right, options, { saves: saves.right, cells: swept.right.cells, store, device: device.right, args, watch, tool })
  })
}

interface Setting {
  readonly saves: readonly Save[]
  /** Of a sweep. */
  readonly cells: readonly SweepCell[]
  readonly store: Store
  readonly device: ChosenDevice | undefined
  readonly args: readonly string[]
  /** It saw the graph being loaded and built. */
  readonly watch: ReadWatch
  readonly tool: Tool | undefined
}

const runGraph = async (graph: Graph, options: RunOptions, { saves, cells, store, device, args, watch, tool }: Setting): Promise<number> => {
  const began = systemClock.now()
  const { json, debug, seed, jobs, retry, timeout, checkpointEvery } = options
  const paint = paintFor(process.stderr)
  const name = options.name ?? runNameOf(graph.name)
  const folder = resolve("runs", name)
  const removals = store.removals.mark()
  const history = recordRun(store.runLog, systemClock, { graph, name, args, seed: String(seed), device: device?.name ?? "none", jobs })
  const surface = openSurface(graph, json, paint)

  const read = async (hash: Hash): Promise<Uint8Array | undefined> => {
    const blob = await store.blobs.get(hash)
    return E.isRight(blob) ? blob.right : undefined
  }
  const outcomes = makeRunOutcomes(graph, read, (line) => {
    if (json) console.log(JSON.stringify(line))
  }, history.add)
  // What the report shows, and what is to be saved.
  const isWanted = (output: Ref): boolean => isShown(graph, output) || saves.some(({ node, port }) => node === output.node && port === output.port)
  const engine = openEngine({ file: options.file, graph: () => graph, store, device, seed, jobs, retry, timeout, checkpointEvery, isWanted, trapNan: options.trapNan })
  engine.events$.subscribe((event) => {
    surface.show(event)
    if (event.type === "outcome") outcomes.add(event.node, event.outcome)
    if (event.type === "nondeterminism") {
      if (json) console.log(JSON.stringify({ type: "nondeterminism", node: event.node, key: event.key } satisfies NondeterminismLine))
      else surface.say(paint("yellow", `${event.node} gave another result for a key it had before; the first stays`))
    }
  })
  const interrupt = onInterrupt(() => {
    surface.say(paint("yellow", "stopping; what is done is kept (once more: stop at once)"))
    void engine.cancel()
  })
  // Who reads that it runs can stop it in order.
  surface.say(headline(graph.name, graph.nodes.size, device ?? null, paint))
  let summary: Summary
  let unsaved: readonly string[]
  try {
    engine.commit(graph)
    summary = await engine.settle()
    await outcomes.settled()
    // What a run was given a name for is kept until the name is forgotten.
    if (options.name !== undefined) await store.pins.hold(options.name, outcomes.keys()).catch(() => undefined)
    unsaved = await saveOutputs(saves, engine.outcome, store)
  } finally {
    surface.close()
    await engine.close()
  }
  // Once interrupted, another Ctrl-C must still mean: at once.
  if (!interrupt.happened()) interrupt.ignore()
  for (const problem of unsaved) console.error(problem)
  if (debug) for (const stack of outcomes.stacks()) console.error(stack)

  const seconds = (systemClock.now() - began) / 1000
  const facts = { graph, options, device, summary, seconds, args }
  const last = (report: string | null) => summaryLine(summary, { seconds, device: device?.name ?? "none", report })
  const file = options.report ?? reportPath(folder)
  const page = relative(process.cwd(), file)
  const figures = { graph, nodes: await outcomes.reports(false), facts: [], cells }
  const cellLines = cells.map((cell): CellLine => ({ type: "cell", cell: cell.row, metrics: cellMetrics(cells, cell, figures) }))
  const study = hasVerdicts(graph) ? await (await import("./run-study.ts")).runStudy({ graph, outcomes, facts: reportFacts(facts), outcome: engine.outcome, store }) : []
  const closing = [...cellLines, ...study] as readonly Json[]
  if (json) for (const line of closing) console.log(JSON.stringify(line))
  const stamp = reportStamp(facts, outcomes.identity())
  const lines = linesText([...outcomes.lines, ...closing, last(page)])
  const written = await writeReport(folder, file, stamp, lines, async () => ({ graph, nodes: await outcomes.reports(true), facts: reportFacts(facts), cells })).then(
    () => true,
    (error: unknown) => (console.error(`${page}: the report could not be written: ${messageOf(error)}`), false),
  )
  const collected = options.quota === undefined || interrupt.happened() ? undefined : await keepQuota(store, options.quota)
  const tables = sweptTables(cells, figures)
  if (json) {
    if (collected !== undefined) console.log(JSON.stringify(collected))
    console.log(JSON.stringify(last(written ? page : null)))
  } else {
    if (tables.length > 0) console.log(`\n${metricsText(tables, paintFor(process.stdout))}\n`)
    console.log(closingLine(summary, seconds, device ?? null))
    if (written) console.log(`report: ${page}`)
    if (collected !== undefined) console.error(paint("dim", collectedText(collected)))
  }
  const failed = summary.failed + summary.blocked + unsaved.length > 0 || !written
  const [state, exit] = interrupt.happened() ? (["stopped", exitCode.interrupted] as const) : failed ? (["failed", exitCode.failed] as const) : (["done", exitCode.done] as const)
  const record = history.finish({ state, exit, ms: systemClock.now() - began, summary })
  if (state === "done" && saves.length === 0 && tool !== undefined) {
    const painted = [plain, colours].map((way) => metricsText(tables, way)) as [string, string]
    const why = await noteRun({ store, engine, graph, file: options.file, args, tool: tool.id, watch, removals, record, device, isWanted, written: { lines: { path: join(folder, linesName), text: lines }, page: file }, summary, tables: painted, page })
    if (debug) console.error([`looked at everything: ${tool.whyAll}`, ...(why === undefined ? [] : [`so will the next run: ${why}`])].join("\n"))
  }
  return exit
}

const hasVerdicts = (graph: Graph): boolean => [...graph.nodes.values()].some(({ kind }) => Object.values(kind.outputs).some((type) => !isStream(type) && type.view === "verdict"))
