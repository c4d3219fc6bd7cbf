/** `cambium live` as a user starts it, through its socket: saving, breaking and mending the file, stopping and coming back. SPEC L3-L8. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"
import { connectLive, isSettled, startLive, type LiveProcess, type LiveSocket } from "../../../tools/bench/live/live-process.ts"
import type { LiveEdit } from "../../../src/live/protocol/live-edit.ts"
import type { Answer, Question } from "../../../src/live/protocol/question.ts"
import { runCommand } from "../../support/command.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
// Graph files find #src and kinds below the package.
let folder: string
let graph: string
let live: LiveProcess
let page: LiveSocket

const write = (weight: string, more = ""): void =>
  writeFileSync(
    graph,
    `import { graph, integer, knob } from "#src"
import { measure, plot, readWords, scale, walk } from "./kinds.ts"

export default graph("walks", { params: { stages: integer({ min: 1, max: 3, default: 1, doc: "Walks" }) } }, (g, { stages }) => {
  const { words } = g.add("words", readWords, { file: ${JSON.stringify(join(folder, "words.txt"))} })
  for (let stage = 1; stage <= stages; stage++) {
    const { numbers } = g.add(\`walk/\${stage}\`, walk, { steps: 6 + stage }, { words })
    const scaled = g.add(\`scale/\${stage}\`, scale, { weight: knob(${weight}, { min: 0, max: 1 }) }, { numbers: [numbers] })
    g.add(\`measure/\${stage}\`, measure, {}, { numbers: scaled.numbers })
    g.add(\`plot/\${stage}\`, plot, {}, { numbers })
  }
})
${more}`,
  )

let ids = 0
const edit = (one: LiveEdit): Promise<number> =>
  new Promise((resolve, reject) => {
    const id = String(++ids)
    page.onMessage((message) => {
      if (message.type === "accepted" && message.id === id) resolve(message.revision)
      if (message.type === "refused" && message.id === id) reject(new Error(message.messages.join("; ")))
    })
    page.say({ type: "edit", id, gesture: null, edit: one })
  })
const ask = (question: Question): Promise<Answer> =>
  new Promise((resolve) => {
    const id = String(++ids)
    page.onMessage((message) => {
      if (message.type === "answer" && message.id === id) resolve(message.answer)
    })
    page.say({ type: "watch", id, question, once: true })
  })
const meanOf = (node: string): number | undefined => {
  const headline = page.state().statuses[node]?.headline
  return headline?._tag === "metric" ? headline.values["mean"] : undefined
}
const start = async (): Promise<void> => {
  live = await startLive([graph, "--store", join(folder, "store")], folder)
  page = await connectLive(live.address)
  await page.until(isSettled)
}

beforeAll(async () => {
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true })
  folder = mkdtempSync(join(root, "tests/support/graphs/live-"))
  graph = join(folder, "walks.ts")
  copyFileSync(join(root, "tests/support/graphs/kinds.ts"), join(folder, "kinds.ts"))
  writeFileSync(join(folder, "words.txt"), "one two three")
  write("0.5")
  await start()
}, 180_000)
afterAll(async () => {
  try {
    await live.stop()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it("L6: saving takes the graph in, and only what changed runs", async () => {
  const before = page.state().engine.executed
  const half = meanOf("measure/1") ?? Number.NaN
  write("1")
  await page.until(({ nodes }) => nodes["scale/1"]?.params.find(({ name }) => name === "weight")?.value === 1)
  await page.until((state) => isSettled(state) && state.engine.executed === before + 2)
  expect(meanOf("measure/1")).toBeCloseTo(2 * half, 10)
}, 60_000)

it("L6: a syntax error, then a type error, then a wrong graph are told with file and line; the last good graph goes on", async () => {
  write("1,")
  await page.until(({ file }) => file.problems.length > 0)
  expect(page.state().file.problems[0]).toMatchObject({ file: "walks.ts", line: 8, message: expect.stringMatching(/Expected|Unexpected/) })
  await edit({ op: "set", node: "scale/1", params: { weight: 0.25 } })
  await page.until(isSettled)
  expect(page.state().statuses["scale/1"]?.phase).toMatch(/done|reused/)
  write("1", `export const unsound: number = "text"`)
  await page.until(({ file }) => file.problems[0]?.message.includes("not assignable") === true)
  expect(page.state().file.problems[0]).toMatchObject({ file: "walks.ts", line: 13 })
  write("3")
  await page.until(({ file }) => file.problems[0]?.message.includes("expected a number from 0 to 1, got 3") === true)
  write("0.5")
  await page.until(({ file }) => file.problems.length === 0)
  expect(page.state().overlay.changes).toEqual([{ target: "set:scale/1.weight", text: "scale/1.weight = 0.25" }])
}, 90_000)

it("L4, L6: stopped and started again it has the state it had, runs nothing, and the open page's address still holds", async () => {
  await edit({ op: "setGraph", params: { stages: 2 } })
  await page.until((state) => isSettled(state) && "measure/2" in state.statuses)
  const { nodes, graph: view } = page.state()
  const means = [meanOf("measure/1"), meanOf("measure/2")]
  const [address, session] = [new URL(live.address), page]
  await live.stop()
  expect(JSON.parse(readFileSync(join(folder, "walks.overlay.json"), "utf8"))).toMatchObject({ set: { "scale/1.weight": 0.25, stages: 2 } })
  session.close()
  await start()
  expect(page.state().nodes).toEqual(nodes)
  expect(page.state().graph).toEqual(view)
  expect([meanOf("measure/1"), meanOf("measure/2")]).toEqual(means)
  expect(page.state().engine.executed).toBe(0)
  expect(new URL(live.address).searchParams.get("token")).toBe(address.searchParams.get("token"))
  expect(statSync(join(folder, "store", "live-token")).mode & 0o777).toBe(0o600)
}, 90_000)

it("L3: answers what is asked: values, why, lineage, tensors, past moments, comparisons, exports", async () => {
  const node = await ask({ ask: "node", node: "measure/2" })
  expect(node).toMatchObject({ ask: "node", detail: { inputs: [{ port: "numbers", node: "scale/2", output: "numbers" }], lineage: [{ node: "measure/2" }, { node: "scale/2" }, { node: "walk/2" }, { node: "words" }] } })
  expect(await ask({ ask: "value", node: "plot/2", port: "curve" })).toMatchObject({ value: { _tag: "curve", live: false, value: { title: "Walks", series: [{ points: { length: 8 } }] } } })
  expect(await ask({ ask: "sample", node: "walk/1", port: "numbers", element: null })).toMatchObject({ value: { _tag: "json" }, element: null })
  const compared = await ask({ ask: "compare", a: { _tag: "file" }, b: { _tag: "now" } })
  expect(compared).toMatchObject({ problem: null, comparison: { added: ["walk/2", "plot/2", "scale/2", "measure/2"].sort((a, b) => a.localeCompare(b)) && expect.arrayContaining(["walk/2"]), changed: [{ node: "scale/1", changes: ["param weight 0.5 -> 0.25"] }] } })
  const moments = await ask({ ask: "moments" })
  const run = moments.ask === "moments" ? moments.moments.find(({ moment }) => moment._tag === "run")?.moment : undefined
  expect(run).toBeDefined()
  expect(await ask({ ask: "compare", a: run as never, b: { _tag: "now" } })).toMatchObject({ problem: null, comparison: { added: [], removed: [], changed: [] } })
  expect(await ask({ ask: "export", what: "code" })).toMatchObject({ mime: "text/plain", text: expect.stringContaining("--set scale/1.weight=0.25 --set stages=2") })
  expect(await ask({ ask: "export", what: "report" })).toMatchObject({ mime: "text/html", text: expect.stringContaining("Places") })
  const forecast = await ask({ ask: "forecast", node: "scale/1", params: { weight: 0.75 } })
  expect(forecast).toMatchObject({ problems: [], runs: [{ node: "scale/1" }, { node: "measure/1" }] })
}, 60_000)

it("L4: the same numbers as a headless run with what was changed", async () => {
  const ended = await runCommand(["run", graph, "--json", "--set", "scale/1.weight=0.25", "--set", "stages=2", "--store", join(folder, "other")], folder)
  const measured = ended.lines().find(({ node }) => node === "measure/1")
  expect(measured?.value?.["mean"]).toBe(meanOf("measure/1"))
  expect(existsSync(join(folder, "walks.overlay.json"))).toBe(true)
  await edit({ op: "revert", target: null })
  await page.until(isSettled)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(existsSync(join(folder, "walks.overlay.json"))).toBe(false)
}, 60_000)
