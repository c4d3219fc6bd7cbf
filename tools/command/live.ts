/**
 * `cambium live FILE`: an engine that goes on, and a page to steer it from. Ends with Ctrl-C, in order: work stops at its
 * last checkpoint, the overlay is written, and starting again comes back to the same state. SPEC L6, L8.
 */
import * as E from "fp-ts/lib/Either.js"
import { randomBytes } from "node:crypto"
import { systemClock } from "../../src/base/clock.ts"
import { describeIssue } from "../../src/graph/describe.ts"
import type { Graph } from "../../src/graph/graph.ts"
import type { Signature } from "../../src/graph/signature.ts"
import { isStream } from "../../src/schema/stream.ts"
import { allBelow } from "../../src/live/downstream.ts"
import type { Overlay } from "../../src/live/overlay.ts"
import { graphUnder } from "../../src/live/overlay-graph.ts"
import type { Problem } from "../../src/live/protocol/status.ts"
import { openServer, type LiveServer } from "../../src/live/serve/server.ts"
import { openSession, type Session } from "../../src/live/session.ts"
import type { Store } from "../../src/store/store.ts"
import { loadedCodeVersions } from "../live/code-versions.ts"
import { liveReport } from "../live/live-report.ts"
import { openBrowser } from "../live/open-browser.ts"
import { makeOverlayWriter, overlayFileOf, readOverlay } from "../live/overlay-file.ts"
import { pageFiles } from "../live/page-cache.ts"
import { makeGraphReader, ownOf, type ReadFile } from "../live/read-graph-file.ts"
import { tokenIn } from "../live/token.ts"
import { openTypeChecks } from "../live/type-checks.ts"
import { watchSource } from "../live/watch-source.ts"
import { allKinds } from "./all-kinds.ts"
import type { ChosenDevice } from "./device-choice.ts"
import { exitCode } from "./exit-code.ts"
import { onInterrupt } from "./interrupt.ts"
import { readLiveLine, type LiveOptions } from "./live-options.ts"
import { codeVersions } from "./machine-notes.ts"
import { countedAs } from "../../src/engine/demand.ts"
import { openEngine } from "./open-engine.ts"
import { paintFor } from "./paint.ts"
import { recordRun } from "./run-history.ts"
import { runNameOf } from "./run-options.ts"
import { deviceFor, forecastFor, withStore } from "./setting.ts"

/** Tried one after another when the user asks for no port: a page that was open finds the server again. */
const ports = Array.from({ length: 10 }, (_, i) => 4747 + i)
/** After the page is shown: checking types for the first time takes a core for seconds. */
const warmUpMs = 4_000

export const liveCommand = async (args: readonly string[]): Promise<number> => {
  const options = readLiveLine(args)
  if (E.isLeft(options)) return console.error(options.left), exitCode.wrongInput
  const { file, set, tiny, store: dir, device: asked } = options.right
  const read = makeGraphReader(file, { set, tiny })
  const [first, overlay, kinds] = await Promise.all([read(), readOverlay(overlayFileOf(file)), allKinds()])
  if (E.isLeft(first)) return tellAll(first.left), exitCode.wrongInput
  if (E.isLeft(overlay)) return console.error(overlay.left), exitCode.wrongInput
  const built = graphUnder(first.right.source, overlay.right, kinds)
  if (E.isLeft(built)) return built.left.forEach((issue) => console.error(`${file}: ${describeIssue(issue)}`)), exitCode.wrongInput
  const { graph } = built.right
  return withStore(dir, async (store) => {
    const device = await deviceFor(graph, asked, store)
    if (E.isLeft(device)) return console.error(device.left), exitCode.wrongInput
    return live(options.right, { read, first: first.right, overlay: overlay.right, kinds, graph, store, device: device.right, args })
  })
}

interface Setting {
  readonly read: ReturnType<typeof makeGraphReader>
  readonly first: ReadFile
  readonly overlay: Overlay
  readonly kinds: ReadonlyMap<string, Signature>
  readonly graph: Graph
  readonly store: Store
  readonly device: ChosenDevice | undefined
  readonly args: readonly string[]
}

const live = async (options: LiveOptions, { read, first, overlay, kinds, graph, store, device, args }: Setting): Promise<number> => {
  const { file, seed, jobs, retry, timeout } = options
  const paint = paintFor(process.stderr)
  const say = (line: string): void => console.error(line)
  const building = pageFiles(() => say(paint("dim", "the page is built, which it is once")))
  // Awaited below; that it fails is told there.
  building.catch(() => undefined)
  const versions = codeVersions(store.notes)
  const engine = openEngine({
    file, graph: () => (E.isRight(opened) ? opened.right.graph() : graph),
    store, device, seed, jobs, retry, timeout,
    isWanted: ({ node, port }) => {
      const type = engine.node(node)?.kind.outputs[port]
      return type !== undefined && !isStream(type) && type.view !== "data"
    },
    codeVersion: loadedCodeVersions(versions),
    spareCores: 1,
  })
  const writer = makeOverlayWriter(overlayFileOf(file), say)
  const facts = [["command", ["cambium live", ...args].join(" ")], ["device", device?.name ?? "none needed"], ["seed", String(seed)]] as const
  const opened = openSession({
    engine, store, clock: systemClock, id: randomBytes(8).toString("hex"), file, overlayFile: overlayFileOf(file),
    source: first.source, overlay, saveOverlay: writer.save, kinds, seed: String(seed), device: device?.name ?? null, jobs,
    forecast: (one) => forecastFor(one, store, device, seed),
    report: (one) => liveReport(one, engine, store, facts),
  })
  if (E.isLeft(opened)) return opened.left.forEach((issue) => say(`${file}: ${describeIssue(issue)}`)), exitCode.wrongInput
  const session = opened.right
  const finishRecord = record(session, { engine, store, graph, seed: String(seed), device: device?.name ?? "none", jobs, args })
  const server = await serve(options, session, store, building)
  if (E.isLeft(server)) {
    say(server.left)
    await session.close()
    await engine.close()
    return exitCode.failed
  }
  const address = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${server.right.port}/?token=${server.right.token}`
  say(`${paint("bold", graph.name)}  ${graph.nodes.size} nodes, ${device === undefined ? "no device needed" : `device ${device.name}: ${device.why}`}`)
  if (!isLocal(options.host)) say(paint("yellow", "other machines can reach this server: whoever has the address can run the graph's code here"))
  console.log(address)
  say(paint("dim", "Ctrl-C stops; what is done is kept"))
  if (options.open) openBrowser(address)
  engine.warm(turnedKinds(session.graph()))

  const types = openTypeChecks()
  const warmUp = setTimeout(() => void types.check(ownOf(file, first.files)).then((problems) => problems.length > 0 && tell(problems)), warmUpMs)
  warmUp.unref()
  const tell = (problems: readonly Problem[]): void => {
    session.tellProblems(problems)
    tellAll(problems)
  }
  const stopWatching = watchSource({ file, read, types, first, take: session.take, tell })
  await new Promise<void>((resolve) => onInterrupt(() => resolve()))
  say(paint("yellow", "stopping; what is done is kept (once more: stop at once)"))
  clearTimeout(warmUp)
  stopWatching()
  types.close()
  finishRecord()
  await session.close()
  writer.flush()
  await server.right.close()
  await engine.close()
  return exitCode.done
}

/** Of what a knob makes run again, in a thread. */
const turnedKinds = (graph: Graph): readonly Signature[] => {
  const knobs = [...graph.nodes.values()].filter((node) => Object.keys(node.knobs).length > 0).map(({ path }) => path)
  return allBelow(graph, knobs).flatMap((path) => graph.nodes.get(path)?.kind ?? []).filter(({ cores }) => cores !== 0)
}

const isLocal = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.")

/** Left is a sentence for people. */
const serve = async ({ host, port }: LiveOptions, session: Session, store: Store, building: ReturnType<typeof pageFiles>): Promise<E.Either<string, LiveServer & { readonly token: string }>> => {
  const page = await building.then(E.right, (error: unknown) => E.left(`the page could not be built: ${error instanceof Error ? error.message : String(error)}`))
  if (E.isLeft(page)) return page
  const token = tokenIn(store.dir, randomBytes)
  let problem = ""
  for (const one of port === undefined ? ports : [port]) {
    const server = await openServer({ session, page: page.right, host, port: one, token, clock: systemClock })
    if (E.isRight(server)) return E.right({ ...server.right, token })
    problem = `cannot listen on ${host}, port ${one}: ${server.left.code === "EADDRINUSE" ? "another program does" : server.left.message}`
    if (server.left.code !== "EADDRINUSE") break
  }
  return E.left(problem)
}

/** Keeps the session in the store's log of runs; gives back what ends it. */
const record = (session: Session, about: { readonly engine: ReturnType<typeof openEngine>; readonly store: Store; readonly graph: Graph; readonly seed: string; readonly device: string; readonly jobs: number; readonly args: readonly string[] }): (() => void) => {
  const { engine, store, graph, args, ...rest } = about
  const began = systemClock.now()
  // As it is when the log asks.
  const present: Graph = {
    name: graph.name,
    get params() {
      return session.graph().params
    },
    get nodes() {
      return session.graph().nodes
    },
  }
  const history = recordRun(store.runLog, systemClock, { ...rest, graph: present, name: `${runNameOf(graph.name)}, live`, args: ["live", ...args] })
  const counts = { ran: 0, reused: 0, failed: 0, blocked: 0, held: 0, expanded: 0, gated: 0, off: 0, cancelled: 0 }
  engine.events$.subscribe((event) => {
    if (event.type !== "outcome") return
    counts[countedAs(event.outcome)]++
    history.add(event.node, event.outcome, undefined)
  })
  return () => {
    for (const [path, { headline, isFresh }] of Object.entries(session.board.whole().statuses)) {
      const outcome = engine.node(path) === undefined ? undefined : engine.outcome(path)
      if (outcome !== undefined && isFresh && headline?._tag === "metric") history.add(path, outcome, headline.values)
    }
    const ms = systemClock.now() - began
    history.finish({ state: "stopped", exit: exitCode.done, ms, summary: { ...counts, ms } })
  }
}

const tellAll = (problems: readonly Problem[]): void => {
  for (const { file, line, column, message } of problems) console.error(`${[file, line, column].filter((part) => part !== null).join(":")}: ${message}`)
}
