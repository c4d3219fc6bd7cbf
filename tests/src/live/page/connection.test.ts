/** The page's end of the socket, without a socket: what it sends, what it keeps, how it comes back (L2, L3). */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, test } from "vitest"
import { connect, pauseAfter, type WireEvents } from "../../../../src/live/page/connection/connection.ts"
import { protocolVersion, type ClientMessage, type LiveChange, type ServerMessage } from "../../../../src/live/protocol.ts"
import { aStatus, emptyState } from "../small-state.ts"

const rig = () => {
  const sent: ClientMessage[][] = []
  const wires: WireEvents[] = []
  const timers: { readonly ms: number; readonly then: () => void }[] = []
  const connection = connect({
    open: (events) => {
      wires.push(events)
      const own: ClientMessage[] = []
      sent.push(own)
      return { send: (text) => own.push(JSON.parse(text) as ClientMessage), close: () => events.closed(false) }
    },
    after: (ms, then) => {
      timers.push({ ms, then })
      return () => undefined
    },
    whenDrawn: (then) => then(),
    random: () => 0,
  })
  const last = () => wires[wires.length - 1] as WireEvents
  const say = (message: ServerMessage): void => last().received(JSON.stringify(message))
  const state = (change: LiveChange, seq: number, whole = false): void => say({ type: "state", protocol: protocolVersion, session: "s", seq, whole, change })
  return { connection, sent, timers, last, say, state }
}

describe("a connection", () => {
  test("L2 says hello, and has the state once it is told all of it", () => {
    const { connection, sent, last, state } = rig()
    last().opened()
    expect(sent[0]).toEqual([{ type: "hello", protocol: protocolVersion, session: null, seq: 0 }])
    expect(connection.seen()).toMatchObject({ link: "connecting", state: undefined })
    state(emptyState, 7, true)
    expect(connection.seen()).toMatchObject({ link: "open", state: emptyState })
  })
  test("L2 tells what it saw last when it comes back, asks again what it watched, and keeps the state meanwhile", () => {
    const { connection, sent, timers, last, state } = rig()
    last().opened()
    state(emptyState, 7, true)
    connection.watch({ ask: "moments" }, () => undefined)
    last().closed(false)
    expect(connection.seen()).toMatchObject({ link: "lost", state: emptyState })
    timers[0]?.then()
    last().opened()
    expect(sent[1]).toEqual([
      { type: "hello", protocol: protocolVersion, session: "s", seq: 7 },
      { type: "watch", id: "0", question: { ask: "moments" }, once: false },
    ])
  })
  test("L2 takes in what has changed, and leaves the rest the very same", () => {
    const { connection, last, state } = rig()
    last().opened()
    state({ ...emptyState, statuses: { a: aStatus, b: aStatus } }, 1, true)
    const before = connection.seen().state
    state({ statuses: { a: null, c: aStatus } }, 2)
    const after = connection.seen().state
    expect(Object.keys(after?.statuses ?? {})).toEqual(["b", "c"])
    expect(after?.statuses["b"]).toBe(before?.statuses["b"])
    expect(after?.graph).toBe(before?.graph)
  })
  test("gives an edit the answer that is its own, and none that is lost", async () => {
    const { connection, sent, last, say } = rig()
    expect(E.isLeft(await connection.act({ act: "undo" }))).toBe(true)
    last().opened()
    const [first, second, third] = [connection.edit({ op: "remove", node: "a" }, "drag"), connection.act({ act: "pause" }), connection.ask({ ask: "moments" })]
    expect(sent[0]?.slice(1)).toMatchObject([{ type: "edit", id: "0", gesture: "drag" }, { type: "act", id: "1" }, { type: "watch", id: "2", once: true }])
    say({ type: "refused", id: "1", messages: ["no"] })
    say({ type: "accepted", id: "0", revision: 4 })
    last().closed(false)
    expect(await first).toEqual(E.right(4))
    expect(await second).toEqual(E.left(["no"]))
    expect(E.isLeft(await third)).toBe(true)
  })
  test("tells a watcher every answer until it looks away", () => {
    const { connection, sent, last, say } = rig()
    last().opened()
    const seen: unknown[] = []
    const stop = connection.watch({ ask: "moments" }, ({ moments }) => seen.push(moments.length))
    say({ type: "answer", id: "0", answer: { ask: "moments", moments: [] } })
    say({ type: "answer", id: "0", answer: { ask: "moments", moments: [{ moment: { _tag: "now" }, label: "now", at: 0 }] } })
    stop()
    say({ type: "answer", id: "0", answer: { ask: "moments", moments: [] } })
    expect(seen).toEqual([0, 1])
    expect(sent[0]?.at(-1)).toEqual({ type: "unwatch", id: "0" })
  })
  test("asks to be loaded again when the server is of another version, and does not come back by itself", () => {
    const { connection, timers, last, say } = rig()
    last().opened()
    say({ type: "state", protocol: protocolVersion + 1, session: "s", seq: 1, whole: true, change: emptyState })
    expect(connection.seen().link).toBe("outdated")
    expect(timers).toEqual([])
  })
  test("says so when it is not let in", () => {
    const { connection, last } = rig()
    last().closed(true)
    expect(connection.seen().link).toBe("refused")
  })
  test("does nothing with what is no message", () => {
    const { connection, last, state } = rig()
    last().opened()
    last().received("not JSON")
    last().received('{"type":"nonsense"}')
    state({ history: { undo: [], redo: [] } }, 3)
    expect(connection.seen().state).toBeUndefined()
  })
})

test("pauses double to 4 s, with a jitter of up to half", () => {
  expect([0, 1, 2, 10].map((n) => pauseAfter(n, 1))).toEqual([250, 500, 1000, 4000])
  expect(pauseAfter(1, 0)).toBe(250)
})
