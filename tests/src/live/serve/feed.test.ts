/** What a page is told: once, in order, the newest; and no more than it takes. SPEC L3, L7. */
import { describe, expect, it, vi } from "vitest"
import { makeFeed, makeStateTexts, type Feed } from "../../../../src/live/serve/feed.ts"
import { withChange, type LiveState, type ServerMessage } from "../../../../src/live/protocol.ts"
import { emptyState } from "../small-state.ts"
import { testSession, type TestSession } from "../live-graph.ts"

interface Page {
  readonly feed: Feed
  readonly heard: ServerMessage[]
  readonly state: () => LiveState
  waiting: number
  readonly say: (message: unknown) => void
}

const pageOf = (made: TestSession): Page => {
  const heard: ServerMessage[] = []
  const page: Page = {
    heard,
    waiting: 0,
    feed: makeFeed({
      session: made.session,
      now: performance.now.bind(performance),
      rate: { allows: () => true },
      stateText: makeStateTexts(made.session),
      line: { send: (text) => heard.push(JSON.parse(text) as ServerMessage), waiting: () => page.waiting, close: () => undefined },
    }),
    say: (message) => page.feed.hear(JSON.stringify(message)),
    state: () => heard.reduce((state, message) => (message.type === "state" ? withChange(message.whole ? emptyState : state, message.change) : state), emptyState),
  }
  return page
}
const soon = (ms = 120): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const hello = { type: "hello", protocol: 1, session: null, seq: 0 }
const setWeight = (id: string, weight: number) => ({ type: "edit", id, gesture: null, edit: { op: "set", node: "mix", params: { weight } } })

describe("pages", () => {
  it("L3: two pages and the server agree, whoever edits, and one that comes back is told what it missed", async () => {
    const made = testSession()
    await made.quiet()
    const [a, b] = [pageOf(made), pageOf(made)]
    a.say(hello)
    b.say(hello)
    a.say(setWeight("1", 0.9))
    b.say({ type: "edit", id: "1", gesture: null, edit: { op: "setGraph", params: { stages: 3 } } })
    await made.quiet()
    await soon()
    expect(a.heard.find(({ type }) => type === "accepted")).toMatchObject({ id: "1" })
    expect(a.state()).toEqual(made.session.board.whole())
    expect(b.state()).toEqual(a.state())
    const last = a.heard.filter((one) => one.type === "state").at(-1)
    const before = a.state()
    a.feed.close()
    b.say(setWeight("2", 0.1))
    await made.quiet()
    await soon()
    const again = pageOf(made)
    again.say({ ...hello, session: "test-session", seq: last?.type === "state" ? last.seq : -1 })
    expect(again.heard).toMatchObject([{ type: "state", whole: false }])
    const [missed] = again.heard
    expect(missed?.type === "state" && Object.keys(missed.change.nodes ?? {})).toEqual(["mix"])
    expect(missed?.type === "state" && withChange(before, missed.change)).toEqual(made.session.board.whole())
    const stranger = pageOf(made)
    stranger.say({ ...hello, session: "of another process", seq: 3 })
    expect(stranger.heard).toMatchObject([{ whole: true }])
    await made.session.close()
  })

  it("L7: a page that takes nothing is told nothing, then the newest once; the others notice nothing", async () => {
    const made = testSession()
    await made.quiet()
    const [slow, quick] = [pageOf(made), pageOf(made)]
    for (const page of [slow, quick]) page.say(hello)
    slow.waiting = 10 * 2 ** 20
    for (let i = 1; i <= 10; i++) {
      quick.say(setWeight(String(i), i / 20))
      await made.quiet()
    }
    await soon(400)
    expect(slow.heard).toHaveLength(1)
    expect(quick.state()).toEqual(made.session.board.whole())
    slow.waiting = 0
    await soon()
    expect(slow.heard).toHaveLength(2)
    expect(slow.state()).toEqual(made.session.board.whole())
    await made.session.close()
  })

  it("L7: a result is told at once, how things stand now and then: a drag is a message a result", async () => {
    const made = testSession()
    await made.quiet()
    let now = 0
    const told: number[] = []
    const feed = makeFeed({ session: made.session, now: () => now, rate: { allows: () => true }, stateText: makeStateTexts(made.session), line: { send: () => told.push(now), waiting: () => 0, close: () => undefined } })
    feed.hear(JSON.stringify(hello))
    vi.useFakeTimers()
    try {
      const pass = async (ms: number): Promise<void> => {
        now += ms
        await vi.advanceTimersByTimeAsync(ms)
      }
      const { board } = made.session
      const status = board.member("statuses", "size")!
      const stand = (ms: number): void => board.put("statuses", "mix", { ...board.member("statuses", "mix")!, ms })
      const result = (revision: number): void => board.put("statuses", "size", { ...status, headlineRevision: revision }, true)
      told.length = 0
      await pass(200)
      stand(1001)
      await pass(0)
      expect(told).toEqual([200])
      stand(1002)
      await pass(30)
      stand(1003)
      expect(told).toHaveLength(1)
      result(10)
      await pass(0)
      expect(told).toEqual([200, 230])
      result(11)
      await pass(1)
      result(12)
      await pass(15)
      expect(told).toEqual([200, 230, 246])
      stand(1004)
      await pass(99)
      expect(told).toHaveLength(3)
      await pass(1)
      expect(told).toEqual([200, 230, 246, 346])
    } finally {
      vi.useRealTimers()
    }
    feed.close()
    await made.session.close()
  })

  it("L7: of many edits and of pages that come, look and go, nothing is left but what is bounded", async () => {
    const made = testSession()
    await made.quiet()
    let listening = 0
    const { board } = made.session
    const counted: TestSession = {
      ...made,
      session: {
        ...made.session,
        board: {
          ...board,
          onChange: (changed) => {
            listening++
            const stop = board.onChange(changed)
            return () => (listening--, stop())
          },
        },
      },
    }
    const sizes = (): readonly number[] => [board.whole().nodes, board.whole().statuses, board.whole().flows].map((part) => Object.keys(part).length)
    const before = sizes()
    const rounds = 8
    for (let round = 0; round < rounds; round++) {
      const pages = Array.from({ length: 5 }, () => pageOf(counted))
      for (const page of pages) {
        page.say(hello)
        page.say({ type: "watch", id: "w", question: { ask: "node", node: "mix" }, once: false })
      }
      expect(listening).toBe(pages.length)
      for (let i = 0; i < 30; i++) await made.session.edit({ op: "set", node: "mix", params: { weight: (round * 30 + i) / (rounds * 30) } }, null)
      for (const page of pages) page.feed.close()
    }
    await made.quiet()
    const detail = await made.session.ask({ ask: "node", node: "mix" }).answer()
    const moments = await made.session.ask({ ask: "moments" }).answer()
    expect(listening).toBe(0)
    expect(sizes().slice(0, 2)).toEqual(before.slice(0, 2))
    expect(detail.ask === "node" && detail.detail?.logs.length).toBeLessThanOrEqual(100)
    expect(moments.ask === "moments" && moments.moments.filter(({ moment }) => moment._tag === "revision").length).toBe(100)
    expect(board.get("history").undo.length).toBeLessThanOrEqual(20)
    await made.session.close()
  })

  it("L3: a watched question is answered again when its answer changes, and only then", async () => {
    const made = testSession()
    await made.quiet()
    const page = pageOf(made)
    page.say(hello)
    page.say({ type: "watch", id: "w", question: { ask: "value", node: "size", port: "metric" }, once: false })
    page.say({ type: "watch", id: "o", question: { ask: "value", node: "mix", port: "out" }, once: true })
    await soon()
    const answers = (id: string): readonly unknown[] => page.heard.flatMap((one) => (one.type === "answer" && one.id === id ? [one.answer] : []))
    expect(answers("w")).toEqual([{ ask: "value", value: { _tag: "metric", value: { title: "Sizes", unit: "apples", better: "lower", values: { size: 1 } } } }])
    expect(answers("o")).toEqual([{ ask: "value", value: { _tag: "json", text: "1", isCut: false } }])
    page.say({ type: "edit", id: "1", gesture: null, edit: { op: "setGraph", params: { stages: 3 } } })
    await made.quiet()
    await soon()
    expect(answers("w")).toHaveLength(1)
    page.say(setWeight("2", 1))
    await made.quiet()
    await soon(250)
    expect(answers("w")).toHaveLength(2)
    expect(answers("o")).toHaveLength(1)
    page.say({ type: "unwatch", id: "w" })
    page.say(setWeight("3", 0.3))
    await made.quiet()
    await soon(250)
    expect(answers("w")).toHaveLength(2)
    await made.session.close()
  })
})
