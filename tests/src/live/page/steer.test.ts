/** Everything that a page can do to an experiment, in a real browser on a real session, whose trainings last as long as a test wants. SPEC L3-L5, L9. */
import { readFileSync } from "node:fs"
import * as E from "fp-ts/lib/Either.js"
import type { Browser, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { curvePort, defineKind, graph, integer, jsonPort, knob, memoryStore, one, systemClock, type Graph, type Kind } from "#src"
import * as t from "io-ts"
import { forecast } from "../../../../src/engine/forecast.ts"
import { openServer, type LiveServer } from "../../../../src/live/serve/server.ts"
import { pageFiles } from "../../../../tools/live/page-cache.ts"
import { heldTransport, lastingTransport, versionOf } from "../../engine/test-engine.ts"
import { add, kindsOfTest, measure, mix, source, testSession, type TestSession } from "../live-graph.ts"
import { executable, inBrowser, launch, openPage } from "./chromium.ts"

const learn = defineKind({
  id: "test/learn", module: import.meta.url, title: "Learns", params: { steps: integer({ min: 1, max: 100, default: 4, doc: "Steps" }) },
  inputs: { from: one(jsonPort("number", t.number)) }, outputs: { curve: curvePort },
  run: (_, { steps }) => ({ curve: { title: "Loss", x: "steps", y: "loss", series: [{ name: "", points: Array.from({ length: steps }, (_unused, i) => [i, 1 / (i + 1)] as const) }] } }),
})

const file = graph("steered", { params: { stages: integer({ min: 1, max: 4, default: 2, doc: "Stages" }) } }, (g, { stages }) => {
  const start = g.add("text", source, {})
  const mixed = g.add("mix", mix, { weight: knob(0.5, { min: 0, max: 1, step: 0.01 }) }, { from: start.out })
  g.add("size", measure, {}, { from: mixed.out })
  g.add("learn", learn, {}, { from: start.out })
  let below = start.out
  for (let stage = 1; stage <= stages; stage++) below = g.add(`grow/${stage}`, add, {}, { from: [below] }).out
})

describe.skipIf(executable === undefined)(inBrowser, { timeout: 60_000 }, () => {
  let browser: Browser
  let made: TestSession
  let server: LiveServer
  let url: string
  let page: Page
  /** Jobs of these kinds last until they are let go; told to stop, they stop. */
  const lasting = new Set<string>()
  const store = memoryStore(systemClock)
  const transport = heldTransport(store, 3)
  const steered = lastingTransport(transport, ({ kind }) => lasting.has(kind.id))
  const letGo = (): void => {
    lasting.clear()
    for (const job of [...transport.held]) job.release()
  }
  const phase = (node: string): string | undefined => made.session.board.member("statuses", node)?.phase
  const phaseIs = (node: string, wanted: string | undefined) => expect.poll(() => phase(node)).toBe(wanted)
  const panel = (node: string) => page.getByRole("complementary", { name: `About ${node}` })
  const look = async (node: string): Promise<void> => {
    await page.locator(`.node-row[title="${node}"]`).click()
    await panel(node).waitFor()
  }

  beforeAll(async () => {
    const [launched, files] = await Promise.all([launch(), pageFiles(() => undefined)])
    browser = launched
    const foresee = (one: Graph) => forecast(one, { store, clock: systemClock, seed: 1, deviceFamily: async () => "test-family", codeVersion: versionOf, isWanted: () => false })
    made = testSession({ store, transport: steered, forecast: foresee, source: { file, overrides: [] }, kinds: new Map([...kindsOfTest, [learn.id, learn as unknown as Kind]]) })
    const opened = await openServer({ session: made.session, page: files, host: "127.0.0.1", port: 0, token: "token", clock: systemClock })
    if (E.isLeft(opened)) throw opened.left
    server = opened.right
    url = `http://127.0.0.1:${server.port}/?token=token`
    page = (await openPage(browser, url)).page
    await made.quiet()
  }, 60_000)
  afterEach(async () => {
    letGo()
    await made.session.act({ act: "resume" })
    await made.session.edit({ op: "revert", target: null }, null)
    await page.keyboard.press("Escape")
    await made.quiet()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await made?.session.close()
  })

  test("L4 a node is added and fed, wired by hand, and unwired; undo takes each back", async () => {
    await page.getByRole("button", { name: "Add a node" }).click()
    await page.getByLabel("Kind").selectOption("test/add")
    await page.getByLabel("Path").fill("extra")
    await page.getByRole("dialog").locator("label", { hasText: /^from/ }).locator("select").selectOption("text.out")
    await page.getByRole("button", { name: "Add", exact: true }).click()
    await panel("extra").waitFor()
    // It is what another node is already.
    await phaseIs("extra", "reused")
    await page.keyboard.press("Escape")
    const sources = (): readonly string[] => made.session.graph().nodes.get("extra")?.inputs["from"]?.map((ref) => `${ref.node}.${ref.port}`) ?? []
    // The canvas has been fitted to the graph with one node more.
    await page.waitForTimeout(400)
    const end = async (node: string, side: "source" | "target") => {
      const { x, y, width, height } = (await page.locator(`.react-flow__node[data-id="${node}"] .react-flow__handle.${side}`).boundingBox())!
      return [x + width / 2, y + height / 2] as const
    }
    const [from, to] = [await end("mix", "source"), await end("extra", "target")]
    await page.mouse.move(...from)
    await page.mouse.down()
    await page.mouse.move(...to, { steps: 5 })
    await page.mouse.up()
    await expect.poll(sources).toEqual(["text.out", "mix.out"])
    await page.evaluate(`location.hash = "node=" + encodeURIComponent("mix.out>extra.from")`)
    await page.locator(".line.selected").waitFor()
    await page.keyboard.press("Delete")
    await expect.poll(sources).toEqual(["text.out"])
    await page.keyboard.press("Control+z")
    await expect.poll(sources).toEqual(["text.out", "mix.out"])
  })

  test("L4 pin, gate, off, bypass, force and remove do to a node what they say", async () => {
    await look("grow/1")
    const action = (name: string) => panel("grow/1").getByRole("button", { name, exact: true })
    const pressed = (name: string, is: boolean) => expect.poll(() => action(name).getAttribute("aria-pressed")).toBe(String(is))
    await action("Gate").click()
    await phaseIs("grow/1", "gated")
    await phaseIs("grow/2", "gated")
    await pressed("Gate", true)
    await action("Gate").click()
    await action("Off").click()
    await phaseIs("grow/1", "off")
    // A button does the opposite of what the page shows, which is told a moment later.
    await pressed("Off", true)
    await action("Off").click()
    await pressed("Off", false)
    await action("Bypass").click()
    await phaseIs("grow/1", "held")
    await pressed("Bypass", true)
    await action("Bypass").click()
    await action("Pin").click()
    await phaseIs("grow/1", "held")
    await pressed("Pin", true)
    const runs = (): number => made.started().filter((node) => node === "grow/1").length
    // Pinned, it keeps its result whatever comes from above.
    await made.session.edit({ op: "set", node: "text", params: { value: 9 } }, null)
    await phaseIs("grow/1", "held")
    await made.quiet()
    expect(runs()).toBe(1)
    await action("Pin").click()
    await pressed("Pin", false)
    await made.quiet()
    expect(runs()).toBe(2)
    await action("Force").click()
    await expect.poll(runs).toBe(3)
    await made.quiet()
    await action("Remove").click()
    await page.locator('.node-row[title="grow/1"]').waitFor({ state: "detached" })
    // What cannot be without it goes with it, or says what it lacks.
    expect(made.session.graph().nodes.has("grow/1")).toBe(false)
    await page.keyboard.press("Control+z")
    await page.locator('.node-row[title="grow/1"]').waitFor()
  })

  test("L5 paused, nothing starts; gone on, what is out of date runs; stopped, what runs stops", async () => {
    const bar = page.getByRole("toolbar", { name: "Experiment" })
    const before = made.started().length
    await bar.getByRole("button", { name: "Pause" }).click()
    await page.locator(".pulse", { hasText: "Paused" }).waitFor()
    await page.getByLabel("weight, exact value").fill("0.7")
    await page.getByLabel("weight, exact value").press("Enter")
    await phaseIs("mix", "stale")
    expect(made.started().length).toBe(before)
    lasting.add("test/mix")
    await bar.getByRole("button", { name: "Go on" }).click()
    await phaseIs("mix", "running")
    await bar.getByRole("button", { name: "Stop all" }).click()
    await phaseIs("mix", "stale")
    expect(transport.held).toEqual([])
    lasting.clear()
    await bar.getByRole("button", { name: "Go on" }).click()
    await phaseIs("mix", "done")
    await page.locator('tr[data-node="size"] td', { hasText: "1.4" }).waitFor()
  })

  test("L5 a layer is added while another trains: neither stops, and those below do not run again", async () => {
    lasting.add("test/add")
    const before = made.started().length
    const more = page.getByRole("button", { name: "Add a layer" })
    await more.click()
    await phaseIs("grow/3", "running")
    await page.locator('.react-flow__node[data-id="grow/3"] .card.busy').waitFor()
    const [training] = transport.held
    await more.click()
    await page.locator('.node-row[title="grow/4"]').waitFor()
    // The layer below is still at it, in the job it had.
    expect([transport.held.length, transport.held[0] === training, training?.hooks.signal.aborted]).toEqual([1, true, false])
    expect([phase("grow/3"), phase("grow/4")]).toEqual(["running", "waiting"])
    letGo()
    await phaseIs("grow/4", "done")
    expect(made.started().slice(before)).toEqual(["grow/3", "grow/4"])
    const less = page.getByRole("button", { name: "Remove a layer" })
    await less.click()
    await page.locator('.node-row[title="grow/4"]').waitFor({ state: "detached" })
  })

  test("L4 what an edit would run is told before it is made", async () => {
    // A layer on another number, which no test has trained.
    await made.session.edit({ op: "set", node: "text", params: { value: 5 } }, null)
    await made.quiet()
    const before = made.started().length
    const { changes } = made.session.board.get("overlay")
    await page.getByRole("button", { name: "Add a layer" }).hover()
    await page.locator(".foreseen", { hasText: "Would run 1 node" }).waitFor()
    const exact = page.getByLabel("weight, exact value")
    await exact.fill("0.9")
    await page.locator(".foreseen", { hasText: "Would run 2 nodes" }).waitFor()
    await exact.fill("7")
    await page.locator(".fault", { hasText: "expected a number from 0 to 1" }).waitFor()
    await exact.press("Escape")
    expect(await exact.inputValue()).toBe("0.5")
    expect([made.started().length, made.session.board.get("overlay").changes]).toEqual([before, changes])
  })

  test("L3 report, graph, changes and pictures are saved as files", async () => {
    await made.session.edit({ op: "set", node: "mix", params: { weight: 0.25 } }, null)
    await page.getByRole("button", { name: "Share" }).click()
    const saved = async (name: RegExp): Promise<readonly [string, Buffer]> => {
      const coming = page.waitForEvent("download")
      await page.locator(".menu-list button", { hasText: name }).click()
      const download = await coming
      return [download.suggestedFilename(), readFileSync(await download.path())]
    }
    const [report, graphFile, changes, svg, png] = [await saved(/^Report/), await saved(/^Graph/), await saved(/^Changes/), await saved(/SVG$/), await saved(/PNG$/)]
    expect([report[0], graphFile[0], changes[0], svg[0], png[0]]).toEqual(["steered.report.html", "steered.graph.json", "steered.overlay.json", "steered.svg", "steered.png"])
    expect(report[1].toString()).toBe("<h1>steered</h1>")
    expect((JSON.parse(graphFile[1].toString()) as { readonly nodes: readonly { readonly path: string }[] }).nodes.map(({ path }) => path)).toEqual(["text", "mix", "size", "learn", "grow/1", "grow/2"])
    expect(JSON.parse(changes[1].toString())).toMatchObject({ set: { "mix.weight": 0.25 } })
    expect(svg[1].toString()).toMatch(/^<svg[^]*grow[^]*<\/svg>\s*$/)
    expect([...png[1].subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    await page.keyboard.press("Escape")
  })

  test("L9 the address of a view opens that view on another page", async () => {
    await look("mix")
    await page.getByRole("tab", { name: "Params" }).click()
    const { hash } = new URL(page.url())
    const { page: other } = await openPage(browser, url + hash)
    await other.getByRole("complementary", { name: "About mix" }).waitFor()
    await expect.poll(() => other.getByRole("tab", { name: "Params" }).getAttribute("aria-selected")).toBe("true")
    await other.close()
  })

  test("L9 the curve of an earlier revision is laid over the one of now", async () => {
    for (const steps of [9, 12]) {
      await made.session.edit({ op: "set", node: "learn", params: { steps } }, null)
      await made.quiet()
    }
    await look("learn")
    await page.getByRole("tab", { name: "Result" }).click()
    await panel("learn").locator(".chart").waitFor()
    const legend = panel("learn").locator(".legend li")
    await expect.poll(() => legend.count()).toBe(1)
    const choice = panel("learn").getByLabel("Lay over")
    await expect.poll(() => choice.locator("option").count()).toBeGreaterThan(2)
    const options = await choice.locator("option").allInnerTexts()
    await choice.selectOption({ index: options.findIndex((text) => text.includes("learn.steps 4 -> 9")) })
    await expect.poll(() => legend.allInnerTexts()).toHaveLength(2)
    expect((await legend.allInnerTexts()).join(" ")).toContain("then")
  })
})
