/**
 * A run of which everything is as the last one left it: it tells the same and is over, without a graph, an engine or a
 * look at any node. SPEC O2.
 */
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { hostname } from "node:os"
import { join, resolve } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { openStore } from "../../src/store/open-store.ts"
import type { Store } from "../../src/store/store.ts"
import { stampOf } from "../bundle/stamp.ts"
import { exitCode } from "../command/exit-code.ts"
import { paintFor, plain } from "../command/paint.ts"
import { reusedLine, summaryLine } from "../command/run-lines.ts"
import { readRunLine } from "../command/run-options.ts"
import { replaceFile } from "../replace-file.ts"
import { askedHere, recallRun, rememberRun, whyNotStill, type FinishedRun } from "./finished-run.ts"
import { closingLine, headline } from "./told.ts"

/** The exit code of such a run; left says why it is none. `tool`: the id of the command's code. */
export const repeatRun = async (args: readonly string[], tool: string): Promise<E.Either<string, number>> => {
  const began = performance.now()
  const line = readRunLine("run", args)
  if (E.isLeft(line)) return line
  const { file, json, plan, save, store: dir } = line.right.options
  if (plan || save.length > 0) return E.left("it is asked to tell or write more than a run does")
  if (!existsSync(join(dir, "store.json"))) return E.left("there is no store")
  const store = await openStore(dir, { clock: systemClock })
  if (E.isLeft(store)) return E.left("the store cannot be used")
  try {
    const run = recallRun(store.right, resolve(file))
    if (run === undefined) return E.left("no run before it ended well")
    const why = whyNotStill(run, askedHere(args, tool), store.right)
    if (why !== undefined) return E.left(why)
    await tell(run, json, resolve(file), store.right, began)
    const { id, seen: _, ...about } = run.record
    const { ms: __, ...counts } = run.told.summary
    store.right.runLog.add({ ...about, at: systemClock.wall(), pid: process.pid, host: hostname(), ms: Math.round(performance.now() - began), counts, repeats: id })
    return E.right(exitCode.done)
  } finally {
    await store.right.close()
  }
}

const tell = async (run: FinishedRun, json: boolean, file: string, store: Store, began: number): Promise<void> => {
  const { record, written, told: { headline: { nodes, device }, summary, tables, page } } = run
  const [path] = written.lines
  const seconds = (performance.now() - began) / 1000
  // Lines of nodes that ran become those of nodes that are reused, once; after that the file stays as it is.
  if (json || !written.isSettled) {
    const lines = await linesOf(path)
    const last = JSON.stringify(summaryLine(summary, { seconds, device: record.device, report: page }))
    const text = `${[...(written.isSettled ? lines : lines.map(reused)), last].join("\n")}\n`
    if (!written.isSettled) {
      await replaceFile(path, text)
      await rememberRun(store, file, { ...run, written: { ...written, lines: stampOf(path), isSettled: true } })
    }
    if (json) return void process.stdout.write(text)
  }
  console.error(headline(record.graph, nodes, device, paintFor(process.stderr)))
  const text = tables[paintFor(process.stdout) === plain ? 0 : 1]
  if (text !== "") console.log(`\n${text}\n`)
  console.log(closingLine(summary, seconds, device))
  console.log(`report: ${page}`)
}

/** All lines but the last. */
const linesOf = async (path: string): Promise<readonly string[]> => (await readFile(path, "utf8")).trimEnd().split("\n").slice(0, -1)

const reused = (line: string): string => (line.includes('"state":"ran"') ? JSON.stringify(reusedLine(JSON.parse(line) as Parameters<typeof reusedLine>[0])) : line)
