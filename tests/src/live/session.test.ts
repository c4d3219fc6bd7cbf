/** A live session: one state, edits that can be undone, an overlay that keeps them, and a file that may break. SPEC L3-L6. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { memoryStore, systemClock } from "#src"
import { emptyOverlay } from "../../../src/live/overlay.ts"
import type { LiveEdit } from "../../../src/live/protocol/live-edit.ts"
import { heldTransport, turns } from "../engine/test-engine.ts"
import { right, sizeOf, stack, testSession, type TestSession } from "./live-graph.ts"

const phases = ({ session }: TestSession): { readonly [path: string]: string } => Object.fromEntries(Object.entries(session.board.whole().statuses).map(([path, { phase }]) => [path, phase]))

describe("the shared state", () => {
  it("L3: has the graph, how each node stands, headline numbers and what flows", async () => {
    const made = testSession()
    await made.quiet()
    const { graph, nodes, statuses } = made.session.board.whole()
    expect(graph.order).toEqual(["text", "mix", "size", "grow/1", "grow/2"])
    expect(nodes["mix"]?.params).toMatchObject([{ name: "weight", value: 0.5, isKnob: true, knob: { _tag: "slider", min: 0, max: 1, step: 0.01, whole: false }, expected: "a number from 0 to 1", fileValue: null }])
    expect(nodes["mix"]?.inputs).toMatchObject([{ name: "from", arity: "one", from: [{ node: "text", port: "out" }] }])
    expect(phases(made)).toEqual({ text: "done", mix: "done", size: "done", "grow/1": "done", "grow/2": "done" })
    expect(statuses["size"]).toMatchObject({ isFresh: true, why: "first run", headline: { _tag: "metric", title: "Sizes", unit: "apples", values: { size: 1 } } })
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(made.session.board.whole().flows["text.out"]).toMatchObject({ what: "number", bytes: 1, elements: null })
    await made.session.close()
  })

  it("L3: what is told since a change is all that changed, and nothing else", async () => {
    const made = testSession()
    await made.quiet()
    const { board } = made.session
    const before = board.seq()
    expect(board.since(before)).toEqual({})
    right(await made.session.edit({ op: "set", node: "mix", params: { weight: 1 } }, null))
    await made.quiet()
    const change = board.since(before)
    expect(Object.keys(change?.nodes ?? {})).toEqual(["mix"])
    expect(Object.keys(change?.statuses ?? {}).sort()).toEqual(["mix", "size"])
    expect(change?.history?.undo).toEqual(["mix.weight 0.5 -> 1"])
    expect(board.since(board.seq() + 1)).toBeUndefined()
    await made.session.close()
  })
})

describe("edits", () => {
  it("L4: a knob runs what it touches; undo and redo run nothing", async () => {
    const made = testSession()
    await made.quiet()
    const execs = (): number => made.engine.counters().execs
    const before = execs()
    const revision = right(await made.session.edit({ op: "set", node: "mix", params: { weight: 1 } }, null))
    expect(revision).toBe(2)
    await made.quiet()
    expect(sizeOf(made)).toBe(2)
    expect(execs() - before).toBe(2)
    right(await made.session.act({ act: "undo" }))
    await made.quiet()
    expect(sizeOf(made)).toBe(1)
    expect(made.saved()).toEqual(emptyOverlay)
    right(await made.session.act({ act: "redo" }))
    await made.quiet()
    expect(sizeOf(made)).toBe(2)
    expect(made.saved()).toEqual({ ...emptyOverlay, set: { "mix.weight": 1 } })
    expect(execs() - before).toBe(2)
    expect(await made.session.act({ act: "redo" })).toEqual(E.left(["there is nothing to redo"]))
    await made.session.close()
  })

  it("L4: edits of one gesture are one to undo", async () => {
    const made = testSession()
    await made.quiet()
    await Promise.all([0.1, 0.2, 0.3, 0.4].map((weight) => made.session.edit({ op: "set", node: "mix", params: { weight } }, "drag")))
    expect(made.session.board.get("history").undo).toEqual(["mix.weight 0.3 -> 0.4"])
    await made.quiet()
    expect(sizeOf(made)).toBe(0.8)
    right(await made.session.act({ act: "undo" }))
    await made.quiet()
    expect(sizeOf(made)).toBe(1)
    await made.session.close()
  })

  it("L4: an edit that changes nothing is nothing to undo, and what was undone can still be done again", async () => {
    const made = testSession()
    await made.quiet()
    const weigh = (weight: number, gesture: string | null) => made.session.edit({ op: "set", node: "mix", params: { weight } }, gesture)
    right(await weigh(0.9, "drag"))
    // Typed before the page was told where the drag ended.
    right(await weigh(0.9, null))
    expect(made.session.board.get("history").undo).toEqual(["mix.weight 0.5 -> 0.9"])
    right(await weigh(0.7, null))
    right(await made.session.act({ act: "undo" }))
    right(await weigh(0.9, null))
    expect(made.session.board.get("history")).toEqual({ undo: ["mix.weight 0.5 -> 0.9"], redo: ["mix.weight 0.9 -> 0.7"] })
    await made.session.close()
  })

  it("L4: what does not hold together is refused in words, and nothing changes", async () => {
    const made = testSession()
    await made.quiet()
    const seq = made.session.board.seq()
    const refusals = [
      await made.session.edit({ op: "set", node: "mix", params: { weight: 7 } }, null),
      await made.session.edit({ op: "set", node: "nix", params: { weight: 0 } }, null),
      await made.session.edit({ op: "setGraph", params: { stages: 9 } }, null),
      await made.session.edit({ op: "rewire", node: "text", inputs: { from: ["size.metric"] } }, null),
      await made.session.edit({ op: "add", node: "new", kind: "test/nothing", params: {}, inputs: {} }, null),
      await made.session.edit({ op: "rewire", node: "grow/1", inputs: { from: ["grow/2.out"] } }, null),
    ]
    expect(refusals.map((one) => (E.isLeft(one) ? one.left.join("; ") : "done"))).toEqual([
      "node mix, param weight: expected a number from 0 to 1, got 7",
      "node nix: there is no such node to edit",
      "graph param stages: expected a whole number from 1 to 4, got 9",
      "node text, port from: there is no such input; expected no inputs",
      "node new: there is no kind test/nothing",
      "nodes grow/1 -> grow/2 -> grow/1: a cycle; expected a graph without cycles",
    ])
    expect(made.session.board.seq()).toBe(seq)
    await made.session.close()
  })

  it("L4: nodes are added, wired, removed with what cannot be without them, and controlled; each is undone", async () => {
    const made = testSession()
    await made.quiet()
    const start = made.session.board.whole()
    right(await made.session.edit({ op: "add", node: "extra", kind: "test/add", params: {}, inputs: { from: ["text.out", "mix.out"] } }, null))
    right(await made.session.edit({ op: "set", node: "extra", params: { fail: 1 } }, null))
    await made.quiet()
    expect(made.session.board.member("nodes", "extra")?.origin).toBe("overlay")
    expect(made.session.board.member("statuses", "extra")).toMatchObject({ phase: "failed", message: "asked to fail", param: "fail" })
    right(await made.session.edit({ op: "rewire", node: "grow/2", inputs: { from: ["text.out"] } }, null))
    right(await made.session.edit({ op: "remove", node: "mix" }, null))
    right(await made.session.edit({ op: "control", node: "grow/1", controls: { disabled: true } }, null))
    await made.quiet()
    expect(phases(made)).toEqual({ text: "done", "grow/1": "off", "grow/2": "reused", extra: "failed" })
    expect(made.session.board.get("history").undo).toEqual(["disable grow/1", "remove mix, size", "rewire grow/2.from", "extra.fail 0 -> 1", "add extra"])
    for (let i = 0; i < 5; i++) right(await made.session.act({ act: "undo" }))
    await made.quiet()
    const end = made.session.board.whole()
    expect(end.nodes).toEqual(start.nodes)
    expect(end.graph).toEqual(start.graph)
    expect(made.saved()).toEqual(emptyOverlay)
    await made.session.close()
  })

  it("L4: what the file says is no change: set back by hand it goes from the overlay, and can still be undone", async () => {
    const made = testSession()
    await made.quiet()
    const edit = (one: LiveEdit, gesture: string | null = null) => made.session.edit(one, gesture).then(right)
    const weigh = (weight: number, gesture: string | null = null) => edit({ op: "set", node: "mix", params: { weight } }, gesture)
    await weigh(0.9)
    await weigh(0.5)
    expect(made.saved()).toEqual(emptyOverlay)
    right(await made.session.act({ act: "undo" }))
    await made.quiet()
    expect([made.saved().set, sizeOf(made)]).toEqual([{ "mix.weight": 0.9 }, 1.8])
    right(await made.session.act({ act: "redo" }))
    // A drag that ends where it began is nothing to undo.
    await weigh(0.7, "there and back")
    await weigh(0.5, "there and back")
    expect(made.session.board.get("history").undo).toEqual(["mix.weight 0.9 -> 0.5", "mix.weight 0.5 -> 0.9"])
    await edit({ op: "setGraph", params: { stages: 3 } })
    await edit({ op: "setGraph", params: { stages: 2 } })
    await edit({ op: "control", node: "mix", controls: { gate: "closed" } })
    await edit({ op: "control", node: "mix", controls: { gate: null } })
    await edit({ op: "rewire", node: "grow/2", inputs: { from: ["text.out"] } })
    await edit({ op: "rewire", node: "grow/2", inputs: { from: ["grow/1.out"] } })
    await edit({ op: "salt", node: "text", salt: "other" })
    await edit({ op: "salt", node: "text", salt: "" })
    await edit({ op: "seed", seed: "7" })
    await edit({ op: "seed", seed: "1" })
    expect(made.saved()).toEqual(emptyOverlay)
    await made.quiet()
    expect(sizeOf(made)).toBe(1)
    await made.session.close()
  })

  it("L4: one change is taken back while the others stay", async () => {
    const made = testSession()
    await made.quiet()
    right(await made.session.edit({ op: "set", node: "mix", params: { weight: 1 } }, null))
    right(await made.session.edit({ op: "set", node: "text", params: { value: 5 } }, null))
    expect(made.session.board.get("overlay").changes).toEqual([{ target: "set:mix.weight", text: "mix.weight = 1" }, { target: "set:text.value", text: "text.value = 5" }])
    right(await made.session.edit({ op: "revert", target: "set:mix.weight" }, null))
    await made.quiet()
    expect(sizeOf(made)).toBe(2.5)
    right(await made.session.edit({ op: "revert", target: null }, null))
    await made.quiet()
    expect(sizeOf(made)).toBe(1)
    await made.session.close()
  })

  it("L4: another seed runs what depends on it, and is undone", async () => {
    const made = testSession()
    await made.quiet()
    const before = made.engine.counters().execs
    right(await made.session.edit({ op: "seed", seed: "7" }, null))
    await made.quiet()
    expect(made.session.board.get("graph").seed).toBe("7")
    // The same number comes out, so the wave ends there.
    expect(made.engine.counters().execs - before).toBe(1)
    right(await made.session.act({ act: "undo" }))
    await made.quiet()
    expect(made.engine.counters().execs - before).toBe(1)
    expect(made.session.board.get("graph").seed).toBe("1")
    await made.session.close()
  })
})

describe("steering", () => {
  it("L5: one more of what makes the graph grow adds a stage, and only that runs", async () => {
    const made = testSession()
    await made.quiet()
    expect(made.session.board.get("graph").params).toMatchObject([{ name: "stages", value: 2, grow: { more: ["grow/3"], less: ["grow/2"] } }])
    const before = made.started().length
    right(await made.session.edit({ op: "setGraph", params: { stages: 3 } }, null))
    await made.quiet()
    expect(made.started().slice(before)).toEqual(["grow/3"])
    expect(made.session.board.get("graph")).toMatchObject({ order: ["text", "mix", "size", "grow/1", "grow/2", "grow/3"], params: [{ fileValue: 2, grow: { more: ["grow/4"], less: ["grow/3"] } }] })
    right(await made.session.edit({ op: "setGraph", params: { stages: 4 } }, null))
    expect(made.session.board.get("graph").params[0]?.grow).toEqual({ more: [], less: ["grow/4"] })
    await made.session.close()
  })

  it("L5: work for an older value is told to stop; values that newer ones replaced never run", async () => {
    const store = memoryStore(systemClock)
    const transport = heldTransport(store, 2)
    const made = testSession({ store, transport })
    const letGo = async (): Promise<void> => {
      await turns()
      for (const job of [...transport.held]) job.release()
    }
    for (let i = 0; i < 6; i++) await letGo()
    await made.quiet()
    void made.session.edit({ op: "set", node: "mix", params: { weight: 0.1 } }, "drag")
    await turns()
    expect(transport.held).toHaveLength(1)
    void made.session.edit({ op: "set", node: "mix", params: { weight: 0.2 } }, "drag")
    await turns()
    // The first is told to stop at once: nothing has been waited for yet.
    expect(transport.held.map(({ hooks }) => hooks.signal.aborted)).toEqual([true, false])
    await new Promise((resolve) => setTimeout(resolve, 110))
    const third = made.session.edit({ op: "set", node: "mix", params: { weight: 0.3 } }, "drag")
    const fourth = made.session.edit({ op: "set", node: "mix", params: { weight: 0.4 } }, "drag")
    await turns()
    // Nothing was seen for a while: the second goes on, the third is replaced by the fourth.
    expect(transport.held.map(({ hooks }) => hooks.signal.aborted)).toEqual([true, false])
    for (let i = 0; i < 4; i++) await letGo()
    expect(right(await third)).toBe(right(await fourth))
    for (let i = 0; i < 4; i++) await letGo()
    await made.quiet()
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(sizeOf(made)).toBe(0.8)
    expect(made.session.board.get("engine")).toMatchObject({ superseded: 1, cancelled: 1 })
    await made.session.close()
  })

  it("L3: the page is not told to be up to date before everything it shows is", async () => {
    const made = testSession()
    await made.quiet()
    const { board } = made.session
    const wrong: string[] = []
    board.onChange(() => {
      const { overlay, engine, statuses } = board.whole()
      const weight = overlay.changes.find(({ target }) => target === "set:mix.weight")?.text
      if (weight === undefined || engine.isBusy) return
      if (statuses["size"]?.isFresh !== true || sizeOf(made) !== 2) wrong.push(weight)
    })
    const edited = made.session.edit({ op: "set", node: "mix", params: { weight: 1 } }, null)
    // What was edited and that it is under way are told together.
    expect(board.get("overlay").changes).toHaveLength(1)
    expect(board.get("engine").isBusy).toBe(true)
    right(await edited)
    wrong.length = 0
    await made.quiet()
    expect(wrong).toEqual([])
    expect(board.get("engine").isBusy).toBe(false)
    expect(board.member("statuses", "size")).toMatchObject({ isFresh: true, headline: { values: { size: 2 } } })
    await made.session.close()
  })

  it("L5: paused, edits are taken and nothing runs; resumed, what is out of date runs", async () => {
    const made = testSession()
    await made.quiet()
    right(await made.session.act({ act: "pause" }))
    const before = made.engine.counters().execs
    right(await made.session.edit({ op: "set", node: "mix", params: { weight: 1 } }, null))
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(phases(made)).toMatchObject({ mix: "stale", size: "stale", text: "done" })
    expect(made.session.board.member("statuses", "size")).toMatchObject({ isFresh: false, headline: { values: { size: 1 } } })
    expect(made.session.board.get("engine").mode).toBe("paused")
    expect(made.engine.counters().execs).toBe(before)
    right(await made.session.act({ act: "resume" }))
    await made.quiet()
    expect(sizeOf(made)).toBe(2)
    await made.session.close()
  })

  it("L5: stopped, what runs is told to stop, and the next edit goes on", async () => {
    const store = memoryStore(systemClock)
    const transport = heldTransport(store, 2)
    const made = testSession({ store, transport })
    await turns()
    const stopped = made.session.act({ act: "stop" })
    await turns()
    expect(transport.held[0]?.hooks.signal.aborted).toBe(true)
    for (const job of [...transport.held]) job.cancel()
    right(await stopped)
    await turns()
    expect(phases(made)["text"]).toBe("stale")
    void made.session.edit({ op: "set", node: "mix", params: { weight: 1 } }, null)
    for (let i = 0; i < 8; i++) {
      await turns()
      for (const job of [...transport.held]) job.release()
    }
    await made.quiet()
    expect(sizeOf(made)).toBe(2)
    await made.session.close()
  })

  it("L5: a node that failed is tried again when asked", async () => {
    const made = testSession({ overlay: { ...emptyOverlay, set: { "grow/1.fail": 1 } } })
    await made.quiet()
    expect(phases(made)).toMatchObject({ "grow/1": "failed", "grow/2": "blocked" })
    const before = made.started().length
    right(await made.session.act({ act: "retry", node: "grow/1" }))
    await made.quiet()
    expect(made.started().slice(before)).toEqual(["grow/1"])
    expect(await made.session.act({ act: "retry", node: "nix" })).toEqual(E.left(["node nix: there is no such node"]))
    await made.session.close()
  })
})

describe("the file", () => {
  it("L6: is taken again with the overlay on top; what does not fit any more is said and left out", async () => {
    const made = testSession()
    await made.quiet()
    right(await made.session.edit({ op: "setGraph", params: { stages: 3 } }, null))
    right(await made.session.edit({ op: "set", node: "mix", params: { weight: 1 } }, null))
    await made.quiet()
    made.session.take({ file: stack({ value: 10 }), overrides: [] })
    await made.quiet()
    expect(sizeOf(made)).toBe(10)
    expect(made.session.board.get("graph").order).toContain("grow/3")
    right(await made.session.edit({ op: "set", node: "text", params: { value: 12 } }, null))
    made.session.take({ file: stack({ value: 12 }), overrides: [] })
    expect(made.saved().set).toEqual({ stages: 3, "mix.weight": 1 })
    made.session.take({ file: { ...stack(), build: (g, params) => stack().build({ ...g, add: ((path: string, ...rest: never[]) => (g.add as (...all: unknown[]) => unknown)(path === "mix" ? "blend" : path, ...rest)) as typeof g.add }, params) }, overrides: [] })
    await made.quiet()
    expect(made.session.board.get("overlay").problems).toHaveLength(1)
    expect(made.session.board.get("overlay").problems[0]).toContain("override mix.weight: expected a node of the graph")
    expect(phases(made)).toMatchObject({ blend: "reused", size: "reused", "grow/3": "reused" })
    await made.session.close()
  })

  it("L6: problems of the file are told while the last good graph goes on", async () => {
    const made = testSession()
    await made.quiet()
    made.session.tellProblems([{ file: "stack.ts", line: 3, column: 7, message: "Unexpected }" }])
    right(await made.session.edit({ op: "set", node: "mix", params: { weight: 1 } }, null))
    await made.quiet()
    expect(sizeOf(made)).toBe(2)
    expect(made.session.board.get("file").problems).toEqual([{ file: "stack.ts", line: 3, column: 7, message: "Unexpected }" }])
    made.session.take({ file: stack({ value: 300 }), overrides: [] })
    expect(made.session.board.get("file").problems).toMatchObject([{ message: "node text, param value: expected a number from 0 to 100, got 300" }])
    made.session.take({ file: stack({ value: 4 }), overrides: [] })
    await made.quiet()
    expect(made.session.board.get("file").problems).toEqual([])
    expect(sizeOf(made)).toBe(4)
    await made.session.close()
  })

  it("L6: a session that begins with the overlay of another one has its state, and runs nothing", async () => {
    const first = testSession()
    await first.quiet()
    right(await first.session.edit({ op: "setGraph", params: { stages: 3 } }, null))
    right(await first.session.edit({ op: "set", node: "mix", params: { weight: 0.25 } }, null))
    await first.quiet()
    const { nodes, graph } = first.session.board.whole()
    await first.session.close()
    const second = testSession({ store: first.store, overlay: first.saved() })
    await second.quiet()
    expect(second.session.board.whole()).toMatchObject({ nodes, graph })
    expect(second.engine.counters().execs).toBe(0)
    expect(sizeOf(second)).toBe(0.5)
    await second.session.close()
  })
})
