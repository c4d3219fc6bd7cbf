/** The built page in a real browser, against a server that speaks the protocol and runs nothing (L1, L10). */
import { createRequire } from "node:module"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser } from "playwright-core"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { buildPage } from "../../../../src/live/build-page.ts"
import type { LiveState } from "../../../../src/live/protocol.ts"
import type { NodeView } from "../../../../src/live/protocol/graph-view.ts"
import type { Answer, Question } from "../../../../src/live/protocol/question.ts"
import type { NodeStatus } from "../../../../src/live/protocol/status.ts"
import { aStatus, emptyState } from "../small-state.ts"
import { aLargeGraph, aNode, anInput, anOutput, aSlider } from "./a-node.ts"
import { executable, inBrowser, launch, openPage } from "./chromium.ts"
import { fakeServer, type FakeServer } from "./fake-server.ts"

const stateOf = (nodes: readonly NodeView[], statuses: { readonly [path: string]: NodeStatus } = {}): LiveState => ({
  ...emptyState,
  graph: { ...emptyState.graph, name: "two-experts", file: "graphs/two-experts.ts", order: nodes.map(({ path }) => path) },
  nodes: Object.fromEntries(nodes.map((node) => [node.path, node])),
  statuses: Object.fromEntries(nodes.map(({ path }) => [path, statuses[path] ?? { ...aStatus, phase: "done", isFresh: true, ms: 10 }])),
})

const small = [
  aNode("text", { family: "dataset", kind: "dataset/text" }),
  aNode("expert/ru", { family: "trainer", kind: "trainer/pretrain", inputs: [anInput("tokens", ["text.out"])], outputs: [anOutput("curve", { view: "curve" }), anOutput("out")] }),
  aNode("expert/zh", { family: "trainer", kind: "trainer/pretrain", inputs: [anInput("tokens", ["text.out"])], outputs: [anOutput("curve", { view: "curve" }), anOutput("out")] }),
  aNode("compose", { family: "merger", kind: "merger/compose", params: [aSlider("weight", 0.5)], inputs: [anInput("experts", ["expert/ru.out", "expert/zh.out"], { arity: "many" })] }),
  aNode("bits", { inputs: [anInput("scores", ["compose.out"])], outputs: [anOutput("out", { view: "metric" })] }),
]
const metric = (mix: number): NodeStatus => ({ ...aStatus, phase: "done", isFresh: true, ms: 3, headline: { _tag: "metric", title: "bits per character", unit: "bits", better: "lower", values: { mix } } })
const loss: NodeStatus = { ...aStatus, phase: "partial", isFresh: true, progress: { done: 40, total: 100, unit: "steps", note: null, leftMs: 61_000 }, headline: { _tag: "curve", title: "Loss", x: "steps", y: "loss", points: [[0, 3], [40, 2]], live: true } }

const answer = (question: Question): Answer | undefined => {
  if (question.ask === "moments") return { ask: "moments", moments: [{ moment: { _tag: "now" }, label: "now", at: 0 }] }
  if (question.ask === "value") return { ask: "value", value: { _tag: "metric", value: { title: "bits per character", unit: "bits", better: "lower", values: { mix: 2.5 } } } }
  return undefined
}

describe.skipIf(executable === undefined)(inBrowser, { timeout: 60_000 }, () => {
  let browser: Browser
  let folder: string
  const servers: FakeServer[] = []
  const serve = async (state: LiveState): Promise<FakeServer> => {
    const server = await fakeServer(folder, state, answer)
    servers.push(server)
    return server
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cambium-page-"))
    await Promise.all([buildPage(folder), launch().then((launched) => void (browser = launched))])
  }, 60_000)
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await Promise.all(servers.splice(0).map((server) => server.close()))
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test("L1 shows the graph, its states, numbers and curves, and the policy stops nothing", async () => {
    const server = await serve(stateOf(small, { bits: metric(2.345), "expert/ru": loss }))
    const { page, complaints } = await openPage(browser, server.url)
    await expect.poll(() => page.locator(".card").count()).toBe(small.length)
    await expect.poll(() => page.locator(".react-flow__edge").count()).toBe(5)
    await expect.poll(() => page.locator('.react-flow__node[data-id="expert/ru"]').innerText()).toMatch(/partial, 40 %/)
    await expect.poll(() => page.locator('tr[data-node="bits"] td').innerText()).toBe("2.345")
    await expect.poll(() => page.locator(".chart-canvas canvas").count()).toBe(1)
    const strokes = (): Promise<number> => page.evaluate("globalThis.strokes")
    await page.evaluate(`(() => {
      globalThis.strokes = 0
      const { stroke } = CanvasRenderingContext2D.prototype
      CanvasRenderingContext2D.prototype.stroke = function (...args) { globalThis.strokes++; return stroke.apply(this, args) }
    })()`)
    server.change({ statuses: { bits: metric(2.1) } })
    await page.locator('tr[data-node="bits"] td', { hasText: "2.100" }).waitFor()
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    // L10: a curve that is as it was is not drawn again because a metric is another one.
    expect(await strokes()).toBe(0)
    server.change({ statuses: { "expert/ru": { ...loss, headline: { _tag: "curve", title: "Loss", x: "steps", y: "loss", points: [[0, 3], [40, 2], [50, 1]], live: true } } } })
    await expect.poll(strokes).toBeGreaterThan(0)
    expect(complaints).toEqual([])
  })

  test("a drag of a slider is one gesture, a value a frame at most, and the last is sent", async () => {
    const server = await serve(stateOf(small))
    const { page } = await openPage(browser, server.url)
    const box = await page.getByRole("slider", { name: "weight" }).boundingBox()
    expect(box).not.toBeNull()
    const { x, y, width, height } = box!
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.mouse.down()
    for (let i = 1; i <= 20; i++) await page.mouse.move(x + width / 2 + i, y + height / 2)
    await page.mouse.move(x + width, y + height / 2)
    await page.mouse.up()
    await expect.poll(() => server.received.filter(({ type }) => type === "edit").at(-1)).toMatchObject({ edit: { op: "set", node: "compose", params: { weight: 1 } } })
    const edits = server.received.filter((message) => message.type === "edit")
    expect(edits.length).toBeLessThanOrEqual(22)
    expect(new Set(edits.map(({ gesture }) => gesture)).size).toBe(1)
  })

  test("where the hand lets go is sent at once, not with the next frame, so that nothing done after it comes before it", async () => {
    const server = await serve(stateOf(small))
    const { page } = await openPage(browser, server.url)
    const { x, y, width, height } = (await page.getByRole("slider", { name: "weight" }).boundingBox())!
    await page.evaluate("requestAnimationFrame = () => 0")
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width, y + height / 2)
    await page.mouse.up()
    await expect.poll(() => server.received.filter(({ type }) => type === "edit")).toMatchObject([{ edit: { params: { weight: 1 } } }])
  })

  test("exact entry takes a number, marks what is none, and goes back on Escape", async () => {
    const server = await serve(stateOf(small))
    const { page } = await openPage(browser, server.url)
    const exact = page.getByLabel("weight, exact value")
    await exact.fill("no number")
    expect(await exact.getAttribute("aria-invalid")).toBe("true")
    await exact.press("Escape")
    expect(await exact.inputValue()).toBe("0.5")
    await exact.fill("0.25")
    await exact.press("Enter")
    await expect.poll(() => server.received.filter(({ type }) => type === "edit")).toMatchObject([{ edit: { params: { weight: 0.25 } } }])
  })

  test("L10 everything goes by keyboard: find, look, next node, tabs, back, undo", async () => {
    const server = await serve(stateOf(small, { bits: metric(2) }))
    const { page } = await openPage(browser, server.url)
    await page.keyboard.press("/")
    await page.keyboard.type("pretrain zh")
    await page.keyboard.press("Enter")
    await page.getByRole("complementary", { name: "About expert/zh" }).waitFor()
    expect(new URL(page.url()).hash).toBe("#node=expert%2Fzh")
    await page.locator('.react-flow__node[data-id="expert/zh"]').focus()
    await page.keyboard.press("ArrowRight")
    await page.getByRole("complementary", { name: "About compose" }).waitFor()
    await page.getByRole("tab", { name: "Result" }).focus()
    await page.keyboard.press("ArrowRight")
    await expect.poll(() => page.getByRole("tab", { name: "Params" }).getAttribute("aria-selected")).toBe("true")
    await page.keyboard.press("Escape")
    await page.getByRole("complementary", { name: "Results" }).waitFor()
    await page.keyboard.press("Control+z")
    await page.keyboard.press("Control+Shift+z")
    await expect.poll(() => server.received.filter((message) => message.type === "act").map(({ act }) => act.act)).toEqual(["undo", "redo"])
  })

  test("L9 a group closes to one box and opens again, and the address keeps it", async () => {
    const server = await serve(stateOf(small))
    const { page } = await openPage(browser, server.url)
    await page.getByRole("button", { name: "expert 2" }).click()
    await page.locator(".card.group").waitFor()
    await expect.poll(() => page.locator(".card").count()).toBe(small.length - 1)
    await page.reload()
    await page.locator(".card.group").waitFor()
    await page.locator(".card.group").dblclick()
    await expect.poll(() => page.locator(".card").count()).toBe(small.length)
  })

  test("a broken file is a banner with file and line, gone when it is mended", async () => {
    const server = await serve(stateOf(small))
    const { page } = await openPage(browser, server.url)
    server.change({ file: { file: "graphs/two-experts.ts", loadedAt: 0, problems: [{ file: null, line: 12, column: 3, message: "expected ;" }] } })
    await expect.poll(() => page.getByRole("alert").innerText()).toMatch(/graphs\/two-experts\.ts:12:3\s+expected ;/)
    server.change({ file: { file: "graphs/two-experts.ts", loadedAt: 1, problems: [] } })
    await page.getByRole("alert").waitFor({ state: "detached" })
  })

  test("a lost connection is told, what was there stays, and the page comes back by itself", async () => {
    const server = await serve(stateOf(small, { bits: metric(2) }))
    const { page } = await openPage(browser, server.url)
    server.drop(true)
    await page.getByText("Connection lost.").waitFor()
    await expect.poll(() => page.locator(".card").count()).toBe(small.length)
    server.drop(false)
    await page.getByText("Connection lost.").waitFor({ state: "detached" })
  })

  test("L10 300 nodes: panning draws no card again that stays in sight", async () => {
    const large = aLargeGraph(300)
    const server = await serve(stateOf(large))
    const { page, complaints } = await openPage(browser, server.url, { width: 1100, height: 700 })
    // Only cards in sight are drawn: all of them once the picture has been fitted.
    await page.waitForFunction("document.querySelectorAll('.card').length === 300")
    await page.evaluate(`(() => {
      const counts = (globalThis.counts = { frames: 0, changed: 0, moved: 0, begin: performance.now() })
      const tick = () => { counts.frames++; requestAnimationFrame(tick) }
      requestAnimationFrame(tick)
      new MutationObserver((changes) => { counts.moved += changes.length }).observe(document.querySelector(".react-flow__viewport"), { attributes: true })
      new MutationObserver((changes) => { counts.changed += changes.filter(({ target }) => target.closest?.(".card")).length }).observe(document.querySelector(".react-flow__nodes"), { subtree: true, childList: true, characterData: true, attributes: true })
    })()`)
    const pane = (await page.locator(".canvas").boundingBox())!
    await page.mouse.move(pane.x + pane.width / 2, pane.y + 20)
    await page.mouse.down()
    const drawn = async () => (await page.evaluate("({ ...counts, ms: performance.now() - counts.begin })")) as { frames: number; changed: number; moved: number; ms: number }
    let i = 0
    // A busy machine draws fewer frames to a move: the hand goes on until there are enough to judge by.
    do for (const end = i + 40; i < end; i++) await page.mouse.move(pane.x + pane.width / 2 + 60 * Math.sin(i / 6), pane.y + 20 + (i % 40))
    while ((await drawn()).frames < 30 && i < 800)
    await page.mouse.up()
    const { frames, changed, moved, ms } = await drawn()
    console.log(`300 nodes panned at ${((1000 * frames) / ms).toFixed(0)} frames a second`)
    // However many nodes there are, a move is one change of the page: of where it looks from.
    expect(changed).toBe(0)
    expect(moved).toBeGreaterThan(0)
    expect(moved).toBeLessThanOrEqual(i + 1)
    expect(frames).toBeGreaterThanOrEqual(30)
    expect(complaints).toEqual([])
  })

  test("L10 axe finds no serious fault, light or dark, with a node looked into and in comparison", async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
    const server = await serve(stateOf(small, { bits: metric(2), "expert/ru": loss, "expert/zh": { ...aStatus, phase: "failed", message: "no such thing", isFresh: true } }))
    const found: string[] = []
    const { page } = await openPage(browser, server.url)
    await page.evaluate(axe)
    for (const [hash, shown] of [["", ".chart"], ["#node=bits", ".tabs"], ["#node=compose&tab=params", ".params"], ["#compare=file+now", ".compare"]] as const) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
      await page.locator(shown).first().waitFor()
      for (const colorScheme of hash === "" ? (["dark", "light"] as const) : (["light"] as const)) {
        await page.emulateMedia({ colorScheme })
        const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as { violations: readonly { id: string; impact: string; nodes: readonly { html: string; failureSummary: string }[] }[] }
        found.push(...violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${hash} ${colorScheme} ${id}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary.slice(0, 300)}`))
      }
    }
    expect(found).toEqual([])
  })
})
