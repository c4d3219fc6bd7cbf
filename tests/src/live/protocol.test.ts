import * as E from "fp-ts/lib/Either.js"
import { expect, test } from "vitest"
import { ClientMessage, ServerMessage, withChange, type LiveState } from "../../../src/live/protocol.ts"
import { aStatus, emptyState } from "./small-state.ts"

test("L2: a change takes the place of what it names, null takes away, and the rest stays the very same", () => {
  const before: LiveState = { ...emptyState, statuses: { a: aStatus, b: aStatus } }
  const after = withChange(before, { statuses: { b: null, c: { ...aStatus, phase: "done" } }, engine: { ...emptyState.engine, revision: 2 } })
  expect(Object.keys(after.statuses)).toEqual(["a", "c"])
  expect(after.statuses["a"]).toBe(aStatus)
  expect(after.engine.revision).toBe(2)
  expect(after.nodes).toBe(before.nodes)
})

test("L2: messages that are not of the protocol are not read", () => {
  const reads = (message: unknown): boolean => E.isRight(ClientMessage.decode(message))
  expect(reads({ type: "hello", protocol: 1, session: null, seq: 0 })).toBe(true)
  expect(reads({ type: "edit", id: "1", gesture: null, edit: { op: "set", node: "a", params: { weight: 0.5 } } })).toBe(true)
  expect(reads({ type: "edit", id: "1", gesture: null, edit: { op: "control", node: "a", controls: { disabled: null, gate: "open" } } })).toBe(true)
  for (const wrong of [null, 3, {}, { type: "eval", id: "1" }, { type: "edit", id: "1", gesture: null, edit: { op: "set", node: 3, params: {} } }, { type: "hello", protocol: -1, session: null, seq: 0 }]) {
    expect(reads(wrong)).toBe(false)
  }
})

test("L2: a message reads back as it was written", () => {
  const message: ServerMessage = { type: "state", protocol: 1, session: "s", seq: 3, whole: false, change: { statuses: { a: aStatus, b: null } } }
  expect(ServerMessage.decode(JSON.parse(JSON.stringify(message)))).toEqual(E.right(message))
})
