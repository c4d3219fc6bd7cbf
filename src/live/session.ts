/**
 * An experiment that is alive: one graph file, its overlay, one engine, and the board that all pages share. The state is
 * here and nowhere else: pages come and go, reload and fall behind, and nothing stops or is lost. SPEC L3-L6.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Clock } from "../base/clock.ts"
import type { Engine } from "../engine/engine.ts"
import type { Forecast } from "../engine/forecast.ts"
import { describeIssue } from "../graph/describe.ts"
import { edit as editGraph } from "../graph/edit.ts"
import type { Graph, GraphIssue, Node } from "../graph/graph.ts"
import type { Store } from "../store/store.ts"
import { makeAnswers, type Asked } from "./answer/answers.ts"
import { makeBoard, type Board } from "./board.ts"
import { drawGraph, drawNode } from "./draw-graph.ts"
import { makeFigures } from "./figures.ts"
import { makeGestures } from "./gestures.ts"
import { growthOf, type Growth } from "./growth.ts"
import { makeMoments } from "./moments.ts"
import { makeMonitor } from "./monitor.ts"
import { makeOutputValues } from "./output-values.ts"
import { changesOf, withEdit, type Overlay } from "./overlay.ts"
import { withoutOwn } from "./overlay-own.ts"
import { editsBetween, graphUnder, type GraphSource, type Kinds, type Overlaid } from "./overlay-graph.ts"
import type { LiveAct, LiveEdit } from "./protocol/live-edit.ts"
import type { Question } from "./protocol/question.ts"
import type { Problem } from "./protocol/status.ts"
import { makeSteering } from "./steering.ts"

export interface SessionOptions {
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  /** Of this process: no other has it. */
  readonly id: string
  /** The graph file as it was given, and where its overlay is kept. */
  readonly file: string
  readonly overlayFile: string
  readonly source: GraphSource
  readonly overlay: Overlay
  /** Called after each change of it. */
  readonly saveOverlay: (overlay: Overlay) => void
  /** That may be added on the page, by id. */
  readonly kinds: Kinds
  readonly seed: string
  readonly device: string | null
  readonly jobs: number
  readonly forecast: (graph: Graph) => Promise<Forecast>
  /** The report of the graph as it stands, as a page of HTML. */
  readonly report: (graph: Graph) => Promise<string>
}

export interface Session {
  readonly id: string
  readonly board: Board
  /** As it is now, with what is on the page. */
  readonly graph: () => Graph
  /** Left are sentences for people, and nothing was done. Right is the revision that has the edit. */
  readonly edit: (edit: LiveEdit, gesture: string | null) => Promise<E.Either<readonly string[], number>>
  readonly act: (act: LiveAct) => Promise<E.Either<readonly string[], number>>
  readonly ask: (question: Question) => Asked
  /** The file was read again. */
  readonly take: (source: GraphSource) => void
  /** The file cannot be read: the last good graph goes on. */
  readonly tellProblems: (problems: readonly Problem[]) => void
  readonly setPages: (pages: number) => void
  /** Stops everything that runs; what is done is kept. */
  readonly close: () => Promise<void>
}

/** Left when the file gives no graph even without an overlay. */
export const openSession = (options: SessionOptions): E.Either<readonly GraphIssue[], Session> => {
  const { engine, store, clock, kinds, file } = options
  const first = graphUnder(options.source, options.overlay, kinds)
  if (E.isLeft(first)) return first
  let { source, overlay } = options
  let overlaid: Overlaid = first.right
  let growth: { readonly [param: string]: Growth } = growthOf(source, overlaid.plain)
  let revision = 0
  let pages = 0
  let forced = 0
  const startedAt = clock.wall()
  const gestures = makeGestures()
  const moments = makeMoments()
  const values = makeOutputValues(store.blobs)

  const board = makeBoard({
    graph: drawGraph(overlaid, about()),
    nodes: {},
    statuses: {},
    flows: {},
    file: { file, problems: [], loadedAt: startedAt },
    overlay: { file: options.overlayFile, changes: [], problems: [] },
    history: { undo: [], redo: [] },
    engine: { mode: "live", isBusy: false, revision: 0, phases: {}, jobs: options.jobs, executed: 0, cancelled: 0, superseded: 0, settledMs: null, pages: 0, startedAt },
  })
  function about(): Parameters<typeof drawGraph>[1] {
    return { source, file, seed: overlay.seed ?? options.seed, device: options.device, growth }
  }
  const drawNodeAt = (path: string, node: Node | undefined): void => {
    if (node === undefined) return board.put("nodes", path, undefined)
    const plain = overlaid.plain.nodes.get(path)
    const origin = plain !== undefined ? "file" : overlaid.graph.nodes.has(path) ? "overlay" : "expansion"
    board.put("nodes", path, drawNode(node, overlaid.file.nodes.get(path) ?? plain, origin))
  }
  const draw = (before: Overlaid | undefined): void => {
    board.set("graph", drawGraph(overlaid, about()))
    for (const [path, node] of overlaid.graph.nodes) if (before?.graph.nodes.get(path) !== node || before.plain !== overlaid.plain) drawNodeAt(path, node)
    for (const path of before?.graph.nodes.keys() ?? []) if (!overlaid.graph.nodes.has(path)) drawNodeAt(path, undefined)
    board.set("overlay", { file: options.overlayFile, changes: changesOf(overlay).map(({ target, text }) => ({ target, text })), problems: overlaid.problems })
    board.set("history", gestures.view())
  }

  const steering = makeSteering({
    engine,
    clock,
    onCommit: () => moments.capture((path) => (engine.state(path).phase === "clean" ? engine.state(path).outputs : undefined)),
    onChange: () => {
      monitor.lookAtAll()
      figures.touch()
    },
    onFault: (error) => board.set("file", { ...board.get("file"), problems: [{ file: null, line: null, column: null, message: `the engine stopped: ${error instanceof Error ? error.message : String(error)}` }] }),
  })
  const monitor = makeMonitor({
    engine,
    board,
    values,
    clock,
    isWaiting: () => steering.isBusy() && !steering.isPaused(),
    onNode: drawNodeAt,
    onStatus: () => figures.touch(),
  })
  const figures = makeFigures({ engine, board, steering: () => steering, isBehind: () => monitor.isBehind(), revision: () => revision, pages: () => pages })

  /** Takes the overlay and its graph; resolves when the engine has it. */
  const become = async (next: Overlay, graph: Overlaid, label: string, how: { readonly touched: readonly string[]; readonly gesture: string | null }): Promise<number> => {
    const [before, seedBefore] = [overlaid, overlay.seed]
    const isRebuilt = before.plain !== graph.plain
    overlay = next
    overlaid = graph
    if (isRebuilt) growth = growthOf(source, overlaid.plain)
    if (overlay.seed !== seedBefore) engine.reseed(overlay.seed ?? options.seed)
    options.saveOverlay(overlay)
    draw(before)
    const committed = await steering.submit(graph.graph, { touched: how.touched, dragged: how.gesture !== null })
    // Of graphs that were submitted together the newest was committed.
    revision = Math.max(revision, committed)
    moments.add({ revision: committed, label, at: clock.wall(), graph: overlaid.graph }, how.gesture)
    figures.touch()
    return committed
  }
  /** The graph under another overlay, by edits where it can be. Left says what of it does not fit. */
  const under = (next: Overlay): E.Either<readonly string[], { readonly graph: Overlaid; readonly touched: readonly string[] }> => {
    const edits = editsBetween(overlaid, overlay, next)
    if (edits !== undefined) {
      const edited = editGraph(overlaid.graph, edits)
      if (E.isLeft(edited)) return E.left(edited.left.map(describeIssue))
      return E.right({ graph: { ...overlaid, graph: edited.right.graph }, touched: edits.map((one) => ("node" in one ? one.node.path : one.path)) })
    }
    const built = graphUnder(source, next, kinds)
    if (E.isLeft(built)) return E.left(built.left.map(describeIssue))
    const problems = built.right.problems.filter((one) => !overlaid.problems.includes(one))
    return problems.length > 0 ? E.left(problems) : E.right({ graph: built.right, touched: [] })
  }
  const step = async (move: "undo" | "redo"): Promise<E.Either<readonly string[], number>> => {
    const entry = gestures.peek(move)
    if (entry === undefined) return E.left([`there is nothing to ${move}`])
    const target = move === "undo" ? entry.before : entry.after
    const next = under(target)
    if (E.isLeft(next)) return next
    gestures[move]()
    return E.right(await become(target, next.right.graph, `${move}: ${entry.label}`, { touched: next.right.touched, gesture: null }))
  }

  const answers = makeAnswers({ engine, store, board, values, moments, monitor, kinds, clock, overlaid: () => overlaid, overlay: () => overlay, under: (graphEdit) => {
    const edited = withEdit(overlay, graphEdit, { graph: overlaid.graph, forceToken: () => "forecast" })
    return E.isLeft(edited) ? edited : E.map(({ graph }: { readonly graph: Overlaid }) => graph.graph)(under(edited.right.overlay))
  }, file, forecast: options.forecast, report: options.report })

  if (overlay.seed !== null) engine.reseed(overlay.seed)
  draw(undefined)
  void become(overlay, overlaid, "start", { touched: [], gesture: null })

  return E.right({
    id: options.id,
    board,
    graph: () => overlaid.graph,
    ask: answers.ask,
    edit: async (edit, gesture) => {
      const edited = withEdit(overlay, edit, { graph: overlaid.graph, forceToken: () => `${options.id} ${++forced}` })
      if (E.isLeft(edited)) return edited
      const next = under(edited.right.overlay)
      if (E.isLeft(next)) return next
      const after = withoutOwn(edited.right.overlay, next.right.graph, options.seed)
      gestures.push({ label: edited.right.label, before: overlay, after, gesture })
      return E.right(await become(after, next.right.graph, edited.right.label, { touched: next.right.touched, gesture }))
    },
    act: async (act) => {
      switch (act.act) {
        case "undo":
        case "redo":
          return step(act.act)
        case "pause":
          await steering.pause()
          break
        case "resume":
          steering.resume()
          break
        case "stop":
          await steering.stop()
          break
        case "retry":
          if (act.node !== null && engine.node(act.node) === undefined) return E.left([`node ${act.node}: there is no such node`])
          engine.retry(act.node ?? undefined)
          steering.settle()
      }
      return E.right(revision)
    },
    take: (next) => {
      const built = graphUnder(next, overlay, kinds)
      if (E.isLeft(built)) return tellProblems(built.left.map((issue) => ({ file, line: null, column: null, message: describeIssue(issue) })))
      source = next
      tellProblems([])
      board.set("file", { file, problems: [], loadedAt: clock.wall() })
      void become(withoutOwn(overlay, built.right, options.seed), built.right, `${file} was saved`, { touched: [], gesture: null })
    },
    tellProblems: (problems) => tellProblems(problems),
    setPages: (n) => {
      pages = n
      figures.touch()
    },
    close: async () => {
      figures.close()
      steering.close()
      monitor.close()
      await engine.cancel()
    },
  })
  function tellProblems(problems: readonly Problem[]): void {
    board.set("file", { ...board.get("file"), problems })
  }
}
