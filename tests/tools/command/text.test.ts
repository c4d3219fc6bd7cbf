/** What the command says: durations, reasons, time left, and command lines with their mistakes. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import type { EngineEvent, Outcome, Why } from "#src"
import { hashBytes } from "#src"
import { describeWhy } from "../../../src/engine/describe-why.ts"
import { ago, duration, moment, parseDuration } from "../../../tools/command/duration.ts"
import { commandHelp, programHelp } from "../../../tools/command/help.ts"
import { commands } from "../../../tools/command/spec.ts"
import { parseCommand } from "../../../tools/command/parse-command.ts"
import { plainSurface } from "../../../tools/command/plain-surface.ts"
import { nodeLine, summaryLine } from "../../../tools/command/run-lines.ts"
import { timeLeft } from "../../../tools/command/time-left.ts"

const key = hashBytes("key")

describe("durations", () => {
  it("have the unit that fits, and never 60 of a smaller one", () => {
    expect([0, 340, 999.4, 999.6, 12_345, 59_960, 65_000, 3_599_700, 7_800_000].map(duration)).toEqual([
      "0 ms", "340 ms", "999 ms", "1.0 s", "12.3 s", "1 min 00 s", "1 min 05 s", "1 h 00 min", "2 h 10 min",
    ])
  })
})

describe("durations as they are typed", () => {
  it("have a number and a unit, and are not nothing", () => {
    expect(["90s", "20m", "1.5 h", "500ms", "2 min"].map(parseDuration)).toEqual([90_000, 1_200_000, 5_400_000, 500, 120_000])
    expect(["90", "s", "0s", "-1s", "1d", "1e9h x"].map(parseDuration)).toEqual(Array(6).fill(undefined))
  })

  it("and how long ago something was", () => {
    const at = new Date(2026, 1, 3, 4, 5).getTime()
    expect([30_000, 120_000, 7_200_000, 30 * 3_600_000].map((ms) => ago(at, at + ms))).toEqual(["just now", "2 min ago", "2 h ago", "2026-02-03 04:05"])
    expect(moment(at)).toBe("2026-02-03 04:05")
  })
})

describe("help", () => {
  it("is folded between words, with every option at the start of a line", () => {
    const texts = [programHelp(), ...Object.keys(commands).map(commandHelp)]
    expect(Math.max(...texts.flatMap((text) => text.split("\n")).map((line) => line.length))).toBeLessThan(101)
    expect(commandHelp("run")).toMatch(/\n {2}--timeout DURATION {10}A node that runs longer .*\n {30}\S/)
    for (const [name, { options }] of Object.entries(commands)) for (const option of Object.keys(options)) expect(commandHelp(name)).toMatch(new RegExp(`\\n {2}--${option}\\b`))
  })
})

describe("time left", () => {
  it("follows the pace since the start, which for a resumed node is not zero", () => {
    expect(timeLeft({ at: 1000, done: 100 }, 3000, { done: 120, total: 200, unit: "steps" })).toBe(8000)
    expect(timeLeft({ at: 1000, done: 100 }, 3000, { done: 100, total: 200, unit: "steps" })).toBeUndefined()
    expect(timeLeft({ at: 0, done: 0 }, 10, { done: 5, total: 5, unit: "steps" })).toBe(0)
  })
})

describe("reasons", () => {
  const param: Why = { _tag: "Param", param: "size", from: 512, to: 1024 }
  it.each<[Why, string]>([
    [{ _tag: "New" }, "first run"],
    [{ _tag: "Code" }, "code changed"],
    [param, "param size 512 -> 1024"],
    [{ _tag: "Seed" }, "seed changed"],
    [{ _tag: "Device", from: "onnx", to: "gpujs-cpu" }, "device onnx -> gpujs-cpu"],
    [{ _tag: "File", file: "a.txt" }, "file a.txt changed"],
    [{ _tag: "Input", port: "tokens", node: "tokens", cause: param }, "input tokens from tokens changed (param size 512 -> 1024)"],
    [{ _tag: "Input", port: "model", node: "expert", cause: { _tag: "Input", port: "tokens", node: "tokens", cause: param } }, "input model from expert changed (tokens: param size 512 -> 1024)"],
    [{ _tag: "Input", port: "model", node: "expert", cause: undefined }, "input model from expert changed"],
    [{ _tag: "Evicted", reason: "the blob was truncated" }, "its result is gone: the blob was truncated"],
    [{ _tag: "PreviousFailed" }, "failed last time"],
    [{ _tag: "Resumed", step: 40, of: { _tag: "New" } }, "resumed at 40; first run"],
  ])("%o", (why, text) => {
    expect(describeWhy(why)).toBe(text)
  })
})

describe("command lines", () => {
  const message = (...args: string[]) => {
    const parsed = parseCommand("run", args)
    return E.isLeft(parsed) ? parsed.left.split("\n")[0] : parsed.right
  }

  it("are read into operands and options, in any order", () => {
    expect(message("--set", "a.b=1", "graph.ts", "--tiny", "--set=c.d=x", "--seed", "-1")).toEqual({
      operands: ["graph.ts"],
      options: { set: ["a.b=1", "c.d=x"], tiny: true, seed: "-1" },
    })
  })

  it.each([
    [["graph.ts", "--devise", "onnx"], "cambium run: there is no option --devise; did you mean --device?"],
    [["graph.ts", "--xyzzyxyzzy"], /^cambium run: there is no option --xyzzyxyzzy \(there are --set, --sweep, /],
    [["graph.ts", "--seed"], "cambium run: --seed expects a value: --seed N"],
    [["graph.ts", "--store", "--json"], "cambium run: --store expects a value: --store DIR"],
    [["graph.ts", "--json=yes"], 'cambium run: --json takes no value, got "yes"'],
    [[], "cambium run: expects FILE"],
    [["a.ts", "b.ts"], 'cambium run: expects only FILE, got "a.ts" "b.ts"'],
  ])("%j is refused with what would be right", (args, expected) => {
    expect(message(...args)).toEqual(expected instanceof RegExp ? expect.stringMatching(expected) : expected)
  })
})

describe("lines of JSON", () => {
  const hash = hashBytes("value")
  it("say how a node ended, with the value of a metric", () => {
    const ran: Outcome = { state: "ran", why: { _tag: "New" }, ms: 12.6, key, outputs: { metric: { hash, bytes: 3 } } }
    expect(nodeLine("bits", ran, { en: 2 })).toEqual({ type: "node", node: "bits", state: "ran", why: "first run", ms: 13, key, output: { metric: hash }, value: { en: 2 } })
    expect(nodeLine("a", { state: "reused", ms: 0, key, outputs: {} }, undefined)).toMatchObject({ state: "reused", ms: 0, key, output: {} })
    expect(nodeLine("a", { state: "failed", why: { _tag: "New" }, ms: 1, key, message: "no such file", param: "file" }, undefined)).toMatchObject({ state: "failed", error: "no such file", param: "file", key })
    expect(nodeLine("b", { state: "blocked", cause: "a" }, undefined)).toMatchObject({ state: "blocked", why: "a failed", key: null })
    expect(nodeLine("b", { state: "gated", cause: "a" }, undefined)).toMatchObject({ state: "gated", why: "waits for the gate of a", output: {} })
    expect(nodeLine("b", { state: "off", cause: "a" }, undefined)).toMatchObject({ state: "off", why: "a is disabled" })
    expect(nodeLine("b", { state: "held", by: "pin", reason: "as published", outputs: { out: { hash, bytes: 3 } } }, undefined)).toMatchObject({ state: "held", why: "pinned: as published", output: { out: hash } })
    expect(nodeLine("c", { state: "cancelled" }, undefined)).toBeUndefined()
  })

  it("end with a summary", () => {
    expect(summaryLine({ ran: 1, reused: 2, failed: 0, blocked: 0, held: 0, expanded: 0, gated: 0, off: 0, cancelled: 0, ms: 5 }, { seconds: 1.23456, device: "onnx", report: "runs/a/report.html" })).toEqual({
      type: "summary", ran: 1, reused: 2, failed: 0, seconds: 1.235, device: "onnx", report: "runs/a/report.html",
    })
  })
})

describe("progress where nobody watches", () => {
  it("has a line for what takes long, one every ten seconds with the time left, and one at the end", () => {
    let now = 0
    const lines: string[] = []
    const timers = new Map<() => void, number>()
    const later = (ms: number, then: () => void) => (timers.set(then, now + ms), () => void timers.delete(then))
    const surface = plainSurface((line) => lines.push(line.replace(/ +/g, " ").trim()), { now: () => now, wall: () => now }, (_, text) => text, 4, later)
    const at = (time: number, event: EngineEvent) => {
      for (const [then, due] of timers) if (due <= time && timers.delete(then)) then()
      now = time
      surface.show(event)
    }
    at(0, { type: "started", revision: 1, node: "walk", key, why: { _tag: "New" }, expectedMs: 30_000 })
    at(0, { type: "started", revision: 1, node: "soon", key, why: { _tag: "New" } })
    at(900, { type: "outcome", revision: 1, node: "soon", outcome: { state: "ran", why: { _tag: "New" }, ms: 900, key, outputs: {} } })
    for (let done = 1; done <= 30; done++) at(done * 1000, { type: "progress", revision: 1, node: "walk", progress: { done, total: 40, unit: "steps", note: "loss 3.2" } })
    at(40_000, { type: "outcome", revision: 1, node: "walk", outcome: { state: "ran", why: { _tag: "New" }, ms: 40_000, key, outputs: {} } })
    at(40_000, { type: "outcome", revision: 1, node: "kept", outcome: { state: "reused", ms: 0, key, outputs: {} } })
    at(40_000, { type: "outcome", revision: 1, node: "last", outcome: { state: "blocked", cause: "walk" } })
    expect(lines).toEqual([
      "ran soon 900 ms first run",
      "running walk first run, 30.0 s last time",
      "walk 10 of 40 steps, loss 3.2, 30.0 s left",
      "walk 20 of 40 steps, loss 3.2, 20.0 s left",
      "walk 30 of 40 steps, loss 3.2, 10.0 s left",
      "ran walk 40.0 s first run",
      "blocked last walk failed",
    ])
  })
})
