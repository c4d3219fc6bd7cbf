/** Answers questions of pages from what is there. A version says whether an answer may be another one than before. SPEC L3. */
import * as E from "fp-ts/lib/Either.js"
import type { Clock } from "../../base/clock.ts"
import type { Json } from "../../base/json.ts"
import { describeWhy } from "../../engine/describe-why.ts"
import type { Graph } from "../../graph/graph.ts"
import { graphToJson } from "../../graph/json.ts"
import { isStream, type AnyPort } from "../../schema/stream.ts"
import type { Board } from "../board.ts"
import { drawKind } from "../draw-graph.ts"
import type { Monitor } from "../monitor.ts"
import type { OutputValues } from "../output-values.ts"
import type { Overlay } from "../overlay.ts"
import type { LiveEdit } from "../protocol/live-edit.ts"
import type { Answer, Question, ValueView } from "../protocol/question.ts"
import { compareSides } from "./comparison.ts"
import { momentsOf, sideOf, type MomentSite } from "./moment-side.ts"
import { nodeDetail } from "./node-detail.ts"
import { codeOf } from "./overlay-text.ts"
import { tensorDetail } from "./tensor-detail.ts"
import { curveView, isTensors, viewOf } from "./value-view.ts"

/** A question that may be asked again and again. */
export interface Asked {
  /** Another text when the answer may be another one; cheap. */
  readonly version: () => string
  readonly answer: () => Promise<Answer>
}

export interface AnswerSite extends MomentSite {
  readonly board: Board
  readonly values: OutputValues
  readonly monitor: Monitor
  readonly clock: Clock
  readonly file: string
  readonly overlay: () => Overlay
  /** The graph after an edit. */
  readonly under: (edit: LiveEdit) => E.Either<readonly string[], Graph>
  readonly report: (graph: Graph) => Promise<string>
}

const none = (reason: string): ValueView => ({ _tag: "none", reason })

export const makeAnswers = (site: AnswerSite): { readonly ask: (question: Question) => Asked } => {
  const { engine, board, values, monitor, overlaid } = site
  const outputAt = (path: string, port: string) => ({ type: engine.node(path)?.kind.outputs[port], output: engine.state(path).outputs?.[port] })
  const hashAt = (path: string, port: string): string => outputAt(path, port).output?.hash ?? ""
  const liveCurve = (path: string, type: AnyPort | undefined) => (type?.view === "curve" ? monitor.curves.of(path) : undefined)

  /** Of a stream an element: the newest if none is named, also while it is under way. */
  const readAt = async (path: string, port: string, element: number | null): Promise<E.Either<string, unknown>> => {
    const newest = element === null ? monitor.newest(path, port) : undefined
    if (newest !== undefined) return E.right(newest)
    const { type, output } = outputAt(path, port)
    return type === undefined || output === undefined ? E.left("nothing yet") : values.read(type, output, element ?? undefined)
  }
  const value = async (path: string, port: string, element: number | null): Promise<ValueView> => {
    const { type } = outputAt(path, port)
    if (type === undefined) return none(`there is no output ${path}.${port}`)
    const live = liveCurve(path, type)
    if (live !== undefined) return curveView(live, true)
    const read = await readAt(path, port, element)
    return E.isLeft(read) ? none(read.left) : viewOf(isStream(type) ? type.element.view : type.view, read.right)
  }
  const tensor = async (path: string, port: string, name: string, index: readonly number[]): Promise<Answer> => {
    const read = await readAt(path, port, null)
    const array = E.isRight(read) && isTensors(read.right) ? read.right.tensors[name] : undefined
    return { ask: "tensor", detail: array === undefined ? null : tensorDetail(name, array, index) }
  }
  const exported = async (what: "report" | "graph" | "overlay" | "code"): Promise<Answer> => {
    const { graph } = overlaid()
    const named = (ending: string, mime: string, text: string): Answer => ({ ask: "export", name: `${graph.name}.${ending}`, mime, text })
    switch (what) {
      case "graph":
        return named("graph.json", "application/json", `${JSON.stringify(graphToJson(graph), undefined, 2)}\n`)
      case "overlay":
        return named("overlay.json", "application/json", `${JSON.stringify(site.overlay(), undefined, 2)}\n`)
      case "code":
        return named("changes.ts", "text/plain", codeOf(site.overlay(), site.file))
      case "report":
        return named("report.html", "text/html", await site.report(graph))
    }
  }
  const foreseen = async (node: string, params: { readonly [name: string]: Json }): Promise<Answer> => {
    const graph = site.under(node === "" ? { op: "setGraph", params } : { op: "set", node, params })
    if (E.isLeft(graph)) return { ask: "forecast", runs: [], ms: null, problems: graph.left }
    const { nodes } = await site.forecast(graph.right)
    const runs = [...nodes].flatMap(([path, prospect]) => (prospect.state === "runs" || prospect.state === "unknown" ? [{ node: path, why: describeWhy(prospect.why), ms: prospect.expectedMs ?? null }] : []))
    return { ask: "forecast", runs, ms: runs.some(({ ms }) => ms !== null) ? runs.reduce((sum, { ms }) => sum + (ms ?? 0), 0) : null, problems: [] }
  }
  const revision = (): string => String(board.get("engine").revision)
  const statusText = (path: string): string => {
    const { phase, revision: at, isFresh, outputs } = board.member("statuses", path) ?? {}
    return JSON.stringify([phase, at, isFresh, outputs, monitor.journal.of(path).at(-1)])
  }
  return {
    ask: (question): Asked => {
      switch (question.ask) {
        case "node":
          return {
            version: () => `${statusText(question.node)} ${JSON.stringify(board.member("nodes", question.node))}`,
            answer: async () => ({ ask: "node", detail: nodeDetail(question.node, { ...site, journal: monitor.journal, graph: overlaid().graph }) }),
          }
        case "value":
          return {
            version: () => {
              const points = liveCurve(question.node, outputAt(question.node, question.port).type)?.series[0]?.points
              return points === undefined ? hashAt(question.node, question.port) : `live ${points.length} ${points.at(-1)?.[0]}`
            },
            answer: async () => ({ ask: "value", value: await value(question.node, question.port, null) }),
          }
        case "tensor":
          return { version: () => hashAt(question.node, question.port), answer: () => tensor(question.node, question.port, question.tensor, question.index) }
        case "sample":
          return {
            version: () => (monitor.newest(question.node, question.port) === undefined ? hashAt(question.node, question.port) : `under way ${board.member("flows", `${question.node}.${question.port}`)?.elements}`),
            answer: async () => {
              const elements = outputAt(question.node, question.port).output?.stream?.elements ?? null
              return { ask: "sample", value: await value(question.node, question.port, question.element), element: elements === null ? null : (question.element ?? Math.max(0, elements - 1)), elements }
            },
          }
        case "moments":
          return { version: revision, answer: async () => ({ ask: "moments", moments: momentsOf(site, site.clock.wall()) }) }
        case "compare":
          return {
            version: () => [question.a, question.b].some(({ _tag }) => _tag === "now") ? `${revision()} ${JSON.stringify(board.get("engine").phases)}` : "",
            answer: async () => {
              const [a, b] = [await sideOf(question.a, site), await sideOf(question.b, site)]
              if (E.isLeft(a) || E.isLeft(b)) return { ask: "compare", comparison: null, problem: E.isLeft(a) ? a.left : E.isLeft(b) ? b.left : null }
              return { ask: "compare", comparison: await compareSides(a.right, b.right, values), problem: null }
            },
          }
        case "forecast":
          return { version: revision, answer: () => foreseen(question.node, question.params) }
        case "kinds":
          return { version: () => "", answer: async () => ({ ask: "kinds", kinds: [...site.kinds.values()].map(drawKind) }) }
        case "export":
          return { version: () => "", answer: () => exported(question.what) }
      }
    },
  }
}
