/**
 * A run of which nothing changed is told without loading the graph, and only then: every way in which something may have
 * changed leads to a run that looks at everything, after which the next is told again. SPEC O1-O3.
 */
import * as E from "fp-ts/lib/Either.js"
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { systemClock } from "../../../src/base/clock.ts"
import type { Hash } from "../../../src/base/hash.ts"
import { openStore } from "../../../src/store/open-store.ts"
import type { Store } from "../../../src/store/store.ts"
import { askedHere, recallRun, whyNotStill } from "../../../tools/unchanged/finished-run.ts"
import { graphFile, hashesOf, runCommand, scratchFolder, statesOf, type Ended } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const at = (name: string): string => join(folder.path, name)
const cambium = (...args: string[]): Promise<Ended> => runCommand(args, folder.path)
const runText = (...args: string[]): Promise<Ended> => cambium("run", "graph.ts", "--jobs", "1", ...args)
const run = (...args: string[]): Promise<Ended> => runText("--json", ...args)
const withStore = async <A>(use: (store: Store) => A | Promise<A>): Promise<A> => {
  const store = await openStore(at(".cambium/store"), { clock: systemClock })
  if (E.isLeft(store)) throw new Error(store.left.reason)
  return Promise.resolve(use(store.right)).finally(store.right.close)
}
/** Whether the newest run of the log loaded no graph. */
const wasRepeated = (): Promise<boolean> => withStore(({ runLog }) => runLog.runs()[0]?.repeats !== undefined)

/** Files count as unchanged once they are older than the run that looks at them. */
const settle = (): Promise<void> => pause(50)

const write = (name: string, text: string): void => writeFileSync(at(name), text)
const source = fileURLToPath(new URL("../../../src/index.ts", import.meta.url))
const graphText = `
import { readdirSync, readFileSync } from "node:fs"
import { flag, graph } from ${JSON.stringify(source)}
import { display, readWords } from ${JSON.stringify(graphFile("kinds.ts"))}
import { copies, count, now } from "./kinds.ts"
const limit = readFileSync("limit.txt", "utf8").length
const texts = readdirSync("texts").length
const more = process.env["WORDS_MORE"] === undefined ? 0 : 1
const option = (doc: string) => flag({ default: false, doc })
export default graph("words", { params: { chance: option("By chance"), clock: option("By the clock"), volatile: option("A volatile node"), controlled: option("Pins and gates"), expanded: option("A node that becomes others") } }, (g, { chance, clock, volatile, controlled, expanded }) => {
  if (chance && Math.random() > 2) return
  if (clock && Date.now() < 0) return
  const { words } = g.add("words", readWords, { file: "words.txt", limit: limit + texts + more })
  g.add("display", display, {}, { words })
  g.add("count", count, {}, { words })
  if (volatile) g.add("now", now, {})
  if (controlled) {
    const { words: pinned } = g.add("pinned", readWords, { file: "words.txt", limit: 2 }, {}, { pin: {} })
    g.add("of-pinned", count, {}, { words: pinned })
    g.add("gated", count, { plus: 1 }, { words }, { gate: "closed" })
  }
  if (expanded) g.add("copies", copies, {}, { words })
})
`
const kindsText = `
import * as t from ${JSON.stringify(fileURLToPath(import.meta.resolve("io-ts")))}
import { defineExpansion, defineKind, integer, jsonPort, one } from ${JSON.stringify(source)}
import { scale } from "./scale.ts"
const words = jsonPort("words", t.readonly(t.type({ words: t.readonlyArray(t.string) })))
const number = jsonPort("number", t.number)
export const count = defineKind({ id: "own/count", module: import.meta.url, title: "Counts", params: { plus: integer({ min: 0, max: 9, default: 0, doc: "Added" }) }, inputs: { words: one(words) }, outputs: { number }, cores: 0, run: ({ words }, { plus }) => ({ number: words.words.length * scale + plus }) })
export const copies = defineExpansion({ id: "own/copies", module: import.meta.url, title: "Counts again", params: {}, inputs: { words: one(words) }, outputs: { number }, expand: (g, _, { words }, wires) => ({ number: words.words.map((__, i) => g.add(String(i), count, { plus: i }, wires).number).at(-1) }) })
export const now = defineKind({ id: "own/now", module: import.meta.url, title: "Now", params: {}, inputs: {}, outputs: { number }, cores: 0, volatile: "revision", run: () => ({ number: 1 }) })
`

beforeAll(async () => {
  write("package.json", '{ "type": "module" }')
  write("graph.ts", graphText)
  write("kinds.ts", kindsText)
  write("scale.ts", "export const scale = 1\n")
  write("limit.txt", "....")
  write("words.txt", `${"a".repeat(3000)} ${"b".repeat(3000)} c d e f g h`)
  mkdirSync(at("texts"))
  await settle()
})

describe("O2: a run in which nothing changed", () => {
  it("is told without a graph, as a run that looks at everything tells it", async () => {
    const first = await run()
    expect(Object.values(statesOf(first))).toEqual(["ran", "ran", "ran"])
    expect(await wasRepeated()).toBe(false)
    const repeated = await run()
    expect(await wasRepeated()).toBe(true)
    const all = await run("--save", "count.number=number.json")
    expect(await wasRepeated()).toBe(false)
    const told = ({ lines }: Ended) => lines().map(({ seconds: _, ...line }) => line).sort((a, b) => ((a.node ?? "~") < (b.node ?? "~") ? -1 : 1))
    expect(told(repeated)).toEqual(told(all))
    expect(hashesOf(repeated)).toEqual(hashesOf(first))
  })

  it("leaves the files as they were, and its record in the log", async () => {
    await run()
    const repeated = await run()
    const files = ["runs/words/report.html", "runs/words/results.jsonl"].map((name) => statSync(at(name)).mtimeMs)
    expect(readFileSync(at("runs/words/results.jsonl"), "utf8").replace(/"seconds":[\d.]+/, "")).toBe(repeated.stdout.replace(/"seconds":[\d.]+/, ""))
    await run()
    expect(["runs/words/report.html", "runs/words/results.jsonl"].map((name) => statSync(at(name)).mtimeMs)).toEqual(files)
    await withStore(({ runLog }) => {
      const [newest, before, looked] = runLog.runs()
      expect(newest).toMatchObject({ state: "done", exit: 0, graph: "words", counts: { ran: 0, reused: 3 }, args: ["graph.ts", "--jobs", "1", "--json"], repeats: looked?.id, digest: before?.digest })
      expect([before?.repeats, looked?.repeats]).toEqual([looked?.id, undefined])
    })
  })

  it("says the same to people", async () => {
    const first = await runText()
    const repeated = await runText()
    const plain = (text: string) => text.replace(/in \d+ ms/, "")
    expect([plain(repeated.stdout), repeated.stderr]).toEqual([plain(first.stdout), first.stderr])
    expect(await wasRepeated()).toBe(true)
  })

  it("looks at each file once and at nothing else, and not even at those when it is asked something else", async () => {
    await run()
    await withStore((store) => {
      const finished = recallRun(store, at("graph.ts"))
      if (finished === undefined) throw new Error("nothing is remembered")
      let looks = 0
      const why = (asked = finished.asked): string | undefined => ((looks = 0), whyNotStill(finished, asked, store, () => looks++))
      expect(why()).toBeUndefined()
      expect(looks).toBe(finished.stamps.length + 2)
      expect(finished.stamps.length).toBeLessThan(1000)
      expect(why(askedHere(["other.ts"], "other"))).toContain("asked something else")
      expect(looks).toBe(0)
    })
  })
})

describe("O2: whatever the run was", () => {
  const told = ({ lines }: Ended) => lines().map(({ seconds: _, ...line }) => JSON.stringify(line)).sort()
  it.each([
    ["a sweep", ["--sweep", "count.plus=1,2"], ["count[plus=1]", "count[plus=2]"]],
    ["one with a name", ["--name", "kept"], ["count"]],
    ["one with pins and gates", ["--set", "controlled=true"], ["pinned", "of-pinned", "gated"]],
    ["one with nodes that became others", ["--set", "expanded=true"], ["copies", "copies/0", "copies/3"]],
  ])("%s is told again as a run that looks at everything tells it", async (_, args, nodes) => {
    await settle()
    for (let i = 0; i < 2; i++) expect((await run(...args)).code).toBe(0)
    const repeated = await run(...args)
    expect(await wasRepeated()).toBe(true)
    expect(Object.keys(statesOf(repeated))).toEqual(expect.arrayContaining(nodes))
    utimesSync(at("limit.txt"), 2, 2)
    await settle()
    const all = await run(...args)
    expect(await wasRepeated()).toBe(false)
    expect(told(repeated)).toEqual(told(all))
  })
})

it("O2: sources that were touched, or written again as they were, are no change", async () => {
  await settle()
  for (let i = 0; i < 2; i++) expect((await run()).code).toBe(0)
  for (const name of ["graph.ts", "kinds.ts", "scale.ts"]) {
    const text = readFileSync(at(name))
    rmSync(at(name))
    writeFileSync(at(name), text)
    await settle()
    expect((await run()).code).toBe(0)
    expect(await wasRepeated()).toBe(true)
  }
})

describe("O2, O3: everything is looked at again", () => {
  beforeEach(async () => {
    await settle()
    for (let i = 0; i < 2; i++) if ((await run(), await wasRepeated())) return
    expect(await wasRepeated()).toBe(true)
  })
  /** The next run looks at everything, and `changed` runs in it; the one after that is told again. */
  const expectLook = async (changed: readonly string[], ...args: string[]): Promise<Ended> => {
    const ended = await run(...args)
    expect(await wasRepeated()).toBe(false)
    expect([ended.code, ended.stderr]).toEqual([0, ""])
    expect(Object.entries(statesOf(ended)).flatMap(([node, state]) => (state === "ran" ? [node] : [])).sort()).toEqual(changed)
    return ended
  }

  it("when a file was touched that the graph file read, though nothing runs then", async () => {
    utimesSync(at("limit.txt"), 1, 1)
    await settle()
    await expectLook([])
  })
  it("when the graph file changed", async () => {
    write("graph.ts", graphText.replace('g.add("display", display, {}, { words })', ""))
    await settle()
    expect(Object.keys(statesOf(await expectLook([])))).toEqual(["words", "count"])
    write("graph.ts", graphText)
  })
  it("when what a kind imports changed", async () => {
    write("scale.ts", "export const scale = 2\n")
    await settle()
    await expectLook(["count"])
    write("scale.ts", "export const scale = 1\n")
  })
  it("when a file changed that the graph file read", async () => {
    write("limit.txt", ".....")
    await settle()
    await expectLook(["count", "display", "words"])
    write("limit.txt", "....")
  })
  it("when a folder changed that the graph file listed", async () => {
    write("texts/new.txt", "")
    await settle()
    await expectLook([])
    rmSync(at("texts/new.txt"))
  })
  it("when a variable changed that the graph file read", async () => {
    process.env["WORDS_MORE"] = "yes"
    await expectLook([]).finally(() => delete process.env["WORDS_MORE"])
  })
  it("when there is another quota to keep", async () => {
    process.env["CAMBIUM_QUOTA"] = "1TB"
    await expectLook([]).finally(() => delete process.env["CAMBIUM_QUOTA"])
  })
  it("when a file changed that a node reads, or is gone", async () => {
    appendFileSync(at("words.txt"), " i")
    await settle()
    await expectLook(["words"])
    await run()
    const text = readFileSync(at("words.txt"))
    rmSync(at("words.txt"))
    const failed = await run()
    expect([failed.code, statesOf(failed)["words"]]).toEqual([1, "failed"])
    writeFileSync(at("words.txt"), text)
  })
  it("when a result that is shown lost its bytes", async () => {
    const large = readdirSync(at(".cambium/store/blobs"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const shown = large.find((path) => readFileSync(path, "utf8").includes("<b>"))
    truncateSync(shown ?? "", 10)
    await expectLook(["display"])
  })
  it("when an action or a small result was taken out of the store", async () => {
    const { key } = await withStore(({ runLog }) => runLog.resultsOf("words", "count")[0] ?? { key: "" as Hash })
    await withStore(({ actions }) => actions.remove(key))
    await expectLook(["count"])
    await run()
    await withStore(async ({ actions, blobs }) => blobs.remove(Object.values(actions.get(key)?.outputs ?? {})[0]?.hash ?? ("" as Hash)))
    await expectLook([])
    await expectLook(["count"], "--save", "count.number=saved.json")
    expect(readFileSync(at("saved.json"), "utf8")).toMatch(/^\d+$/)
  })
  it("when something was dropped to make room, and not when it was only asked what would go", async () => {
    expect((await cambium("gc", "--quota", "0")).code).toBe(0)
    expect(statesOf(await run())).toMatchObject({ words: "reused" })
    expect(await wasRepeated()).toBe(true)
    // What the graph had before, and no run has a name for.
    write("limit.txt", "...")
    await settle()
    await run()
    write("limit.txt", "....")
    await settle()
    for (let i = 0; i < 2; i++) await run()
    expect(await wasRepeated()).toBe(true)
    expect((await cambium("gc", "--quota", "0", "--yes")).stdout).toContain("freed")
    await expectLook([])
  })
  it("when another run of the graph began since, even one that was killed", async () => {
    await withStore(({ runLog }) => void runLog.begin({ name: "x", graph: "words", args: [], at: 0, seed: "0", device: "none", jobs: 1, pid: 0, host: "" }))
    await expectLook([])
  })
  it("when what it left behind is gone or another", async () => {
    for (const name of ["report.html", "results.jsonl"]) {
      await run()
      rmSync(at(`runs/words/${name}`))
      await expectLook([])
      expect(existsSync(at(`runs/words/${name}`))).toBe(true)
    }
  })
  it("when it is asked something else, or more than is remembered", async () => {
    await expectLook([], "--target", "count")
    expect((await runText("--plan")).stdout).toContain("reused")
    expect((await run("--store", "other")).lines().at(-1)).toMatchObject({ ran: 3, reused: 0 })
  })
  it("when it did not end well", async () => {
    rmSync(at("words.txt"))
    expect((await run()).code).toBe(1)
    expect((await run()).code).toBe(1)
    expect(await wasRepeated()).toBe(false)
    write("words.txt", `${"a".repeat(3000)} ${"b".repeat(3000)} c d e f g h i`)
  })
  it.each(["chance", "clock", "volatile"])("whenever the graph depends on what cannot be looked at again: %s", async (option) => {
    for (let i = 0; i < 2; i++) await run("--set", `${option}=true`)
    expect(await wasRepeated()).toBe(false)
  })
})
