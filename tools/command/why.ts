/** `cambium why FILE NODE`: what changed of a node's key since its previous run, followed back to the edits. Runs nothing. SPEC R6. */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../src/base/assert.ts"
import { systemClock } from "../../src/base/clock.ts"
import { describeWhy } from "../../src/engine/describe-why.ts"
import { explain, type Explanation } from "../../src/engine/explain.ts"
import type { Forecast, Prospect } from "../../src/engine/forecast.ts"
import { hint } from "../../src/schema/closest.ts"
import type { Action } from "../../src/store/actions.ts"
import { ago, duration } from "./duration.ts"
import { exitCode } from "./exit-code.ts"
import type { WhyLine } from "./line-schema.ts"
import { loadGraph } from "./load-graph-file.ts"
import { paintFor, type Paint } from "./paint.ts"
import { reasonOf } from "./plan-lines.ts"
import { readRunLine } from "./run-options.ts"
import { deviceFor, forecastFor, withStore } from "./setting.ts"
import { tellProblem } from "./tell-problem.ts"

export const whyCommand = async (args: readonly string[]): Promise<number> => {
  const read = readRunLine("why", args)
  if (E.isLeft(read)) {
    console.error(read.left)
    return exitCode.wrongInput
  }
  const { line, options } = read.right
  const { file, set, tiny, debug, seed, store: dir, device: asked, json } = options
  const node = line.operands[1] ?? ""
  const graph = await loadGraph(file, { set, tiny })
  if (E.isLeft(graph)) {
    tellProblem(graph.left, debug)
    return exitCode.wrongInput
  }
  const paths = [...graph.right.nodes.keys()]
  if (!graph.right.nodes.has(node)) {
    console.error(`${file}: there is no node ${node}; there are ${paths.join(", ")}${hint(node, paths)}`)
    return exitCode.wrongInput
  }
  return withStore(dir, async (store) => {
    const device = await deviceFor(graph.right, asked, store)
    if (E.isLeft(device)) return console.error(device.left), exitCode.wrongInput
    const forecast = await forecastFor(graph.right, store, device.right, seed)
    const prospect = must(forecast.nodes.get(node), "prospect")
    const record = must(forecast.records.get(node), "record")
    const because = explain(record, forecast.records, forecast.lastRuns).filter(({ whys }) => whys.length > 0)
    const action = prospect.state === "reused" ? store.actions.get(prospect.key) : undefined
    if (json) console.log(JSON.stringify(whyLine(node, prospect, because, action)))
    else console.log(whyText(node, prospect, because, action, forecast, paintFor(process.stdout)))
    return exitCode.done
  }, true)
}

export const whyLine = (node: string, prospect: Prospect, because: readonly Explanation[], action: Action | undefined): WhyLine => ({
  type: "why",
  node,
  state: prospect.state,
  why: reasonOf(prospect),
  key: "key" in prospect && prospect.key !== undefined ? prospect.key : null,
  ...(action === undefined ? {} : { ranAt: action.at, ms: Math.round(action.ms) }),
  because: because.map(({ node: at, whys }) => ({ node: at, changes: whys.map((why) => ({ kind: why._tag, text: describeWhy(why) })) })),
})

const whyText = (node: string, prospect: Prospect, because: readonly Explanation[], action: Action | undefined, forecast: Forecast, paint: Paint): string => {
  const name = paint("bold", node)
  const changes = because.map(({ node: at, whys }, i) => [...(i === 0 ? [] : [at]), ...whys.map((why) => `  ${why._tag === "Input" ? describeWhy(why) : paint("cyan", describeWhy(why))}`)].join("\n"))
  switch (prospect.state) {
    case "rests":
      return `${name} would not run: ${prospect.why}.`
    case "fails":
      return `${name} would fail: ${prospect.message}`
    case "reused": {
      const made = action === undefined ? "" : `, made ${ago(action.at, systemClock.wall())} in ${duration(action.ms)}`
      const head = `${name} is up to date${made}.`
      if (changes.length === 0) return `${head}\nNothing is known of a run before.`
      if (because[0]?.whys[0]?._tag === "New") return `${head}\nIt was its first result.`
      const isBack = forecast.records.get(node)?.last?.key !== prospect.key
      return [head, isBack ? "Back to an earlier result; since its last run:" : "When it came to this, since the run before:", ...changes].join("\n")
    }
    case "runs":
    case "unknown": {
      const { _tag } = prospect.why
      const head = prospect.state === "unknown" ? `${name} may run: nothing of its own has changed, but ${prospect.first.join(", ")} ${prospect.first.length === 1 ? "runs" : "run"} first.` : `${name} would run.`
      const resumes = prospect.state === "runs" && prospect.resumesAt !== undefined ? [`It would go on from ${prospect.resumesAt}.`] : []
      // What is no part of the key stands for itself.
      if (_tag === "Evicted" || _tag === "PreviousFailed" || _tag === "Forced" || _tag === "New") return [head, `  ${paint("cyan", describeWhy(prospect.why))}`, ...resumes, ...firstText(prospect.first, forecast)].join("\n")
      return [head, ...resumes, ...changes].join("\n")
    }
  }
}

const firstText = (first: readonly string[], { nodes }: Forecast): readonly string[] =>
  first.map((path) => `${path}\n  ${reasonOf(must(nodes.get(path), path))}`)
