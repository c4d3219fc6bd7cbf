/** A small graph file whose stages are counted by a param, of kinds whose runs can be held, and a session over it. */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import { defineKind, graph, integer, jsonPort, knob, many, metricPort, NodeFailure, one, real, systemClock, type Kind, type Store, type Transport } from "#src"
import { openSession, type Session, type SessionOptions } from "../../../src/live/session.ts"
import { emptyOverlay, type Overlay } from "../../../src/live/overlay.ts"
import { testEngine, type TestEngine } from "../engine/test-engine.ts"
import type { GraphFile } from "../../../src/graph/builder.ts"

const number = jsonPort("number", t.number)

export const source = defineKind({
  id: "test/source", module: import.meta.url, title: "A number", params: { value: real({ min: 0, max: 100, default: 2, doc: "The number" }) },
  inputs: {}, outputs: { out: number }, seeded: true, run: (_, { value }) => ({ out: value }),
})
export const add = defineKind({
  id: "test/add", module: import.meta.url, title: "Adds one", params: { fail: integer({ min: 0, max: 1, default: 0, doc: "1 fails" }) },
  inputs: { from: many(number) }, outputs: { out: number }, passes: { out: "from" },
  run: ({ from }, { fail }) => {
    if (fail === 1) throw new NodeFailure("asked to fail", { param: "fail" })
    return { out: from.reduce((sum, x) => sum + x, 1) }
  },
})
export const mix = defineKind({
  id: "test/mix", module: import.meta.url, title: "Mixes", params: { weight: real({ min: 0, max: 1, default: 0.5, doc: "Share" }) },
  inputs: { from: one(number) }, outputs: { out: number }, run: ({ from }, { weight }) => ({ out: from * weight }),
})
export const measure = defineKind({
  id: "test/measure", module: import.meta.url, title: "Measures", params: {},
  inputs: { from: one(number) }, outputs: { metric: metricPort }, cores: 0,
  run: ({ from }) => ({ metric: { title: "Sizes", unit: "apples", better: "lower" as const, values: { size: from } } }),
})

export const kindsOfTest = new Map([source, add, mix, measure].map((kind) => [kind.id, kind as unknown as Kind]))

/** text -> grow/1 -> … ; a mixture of the source with a knob, and its measure. */
export const stack = (changed: { readonly value?: number } = {}): GraphFile =>
  graph("stack", { params: { stages: integer({ min: 1, max: 4, default: 2, doc: "Stages" }) } }, (g, { stages }) => {
    const start = g.add("text", source, changed)
    const mixed = g.add("mix", mix, { weight: knob(0.5, { min: 0, max: 1, step: 0.01 }) }, { from: start.out })
    g.add("size", measure, {}, { from: mixed.out })
    let below = start.out
    for (let stage = 1; stage <= stages; stage++) below = g.add(`grow/${stage}`, add, {}, { from: [below] }).out
  })

export interface TestSession extends TestEngine {
  readonly session: Session
  /** What was saved last. */
  readonly saved: () => Overlay
  /** Resolves when nothing is under way and the board says so. */
  readonly quiet: () => Promise<void>
}

/** The headline number of the node `size`. */
export const sizeOf = ({ session }: TestSession): unknown => {
  const headline = session.board.member("statuses", "size")?.headline
  return headline?._tag === "metric" ? headline.values["size"] : headline
}

/** The revision that an edit made. */
export const right = (result: E.Either<readonly string[], number>): number => {
  if (E.isLeft(result)) throw new Error(result.left.join("; "))
  return result.right
}

export const testSession = (options: Partial<SessionOptions> & { readonly store?: Store; readonly transport?: Transport } = {}): TestSession => {
  const made = testEngine(options)
  let saved = options.overlay ?? emptyOverlay
  const opened = openSession({
    engine: made.engine,
    store: made.store,
    clock: systemClock,
    id: "test-session",
    file: "stack.ts",
    overlayFile: "stack.overlay.json",
    source: { file: stack(), overrides: [] },
    overlay: emptyOverlay,
    saveOverlay: (overlay) => (saved = overlay),
    kinds: kindsOfTest,
    seed: "1",
    device: null,
    jobs: 2,
    forecast: async (graph) => ({ graph, nodes: new Map(), records: new Map(), lastRuns: undefined as never }),
    report: async ({ name }) => `<h1>${name}</h1>`,
    ...options,
  })
  if (E.isLeft(opened)) throw new Error(JSON.stringify(opened.left))
  const session = opened.right
  const quiet = async (): Promise<void> => {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      const { statuses } = session.board.whole()
      const isOver = Object.values(statuses).every(({ phase, isFresh }) => !["waiting", "running", "partial"].includes(phase) && (isFresh || phase !== "done"))
      if (Object.keys(statuses).length > 0 && isOver && !session.board.get("engine").isBusy) return
    }
  }
  return { ...made, session, saved: () => saved, quiet }
}
