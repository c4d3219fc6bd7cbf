/** `cambium live` as a person has it: the command, the page in a real browser, the graph file. */
import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { executable, inBrowser, launch, openPage, type Opened } from "./chromium.ts"
import { placeFor, root, startLive, type LiveProcess, type Place } from "./live-process.ts"

const setting = ["--device", "onnx", "--jobs", "1"]
const weight = 0.83

/** What a run without a page gives for the weight, from a store of its own. */
const headless = async (place: Place): Promise<Readonly<Record<string, number>>> => {
  const args = [join(root, "tools/cambium.mjs"), "run", place.file, ...setting, "--json", "--store", join(place.folder, "headless"), "--set", `compose.weight=${weight}`, "--target", "bits/compose"]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line) as { readonly node?: string; readonly value?: Readonly<Record<string, number>> })
  return lines.find(({ node, value }) => node === "bits/compose" && value !== undefined)?.value ?? {}
}

const patience = { timeout: 120_000 }
const settled = (page: Page): Promise<void> => page.locator(".pulse.good", { hasText: "Up to date" }).waitFor(patience)
const row = (page: Page, node: string): Promise<readonly string[]> => page.locator(`tr[data-node="${node}"] td`).allInnerTexts()
/** How often something was run and given up since the command began, as the page says. */
const counted = async (page: Page): Promise<Readonly<Record<"jobs" | "cancelled", number>>> => {
  const [, jobs, cancelled] = /(\d+) jobs, (\d+) cancelled/.exec((await page.locator(".pulse").getAttribute("title")) ?? "") ?? []
  return { jobs: Number(jobs), cancelled: Number(cancelled) }
}
const knob = (page: Page) => page.locator("fieldset", { has: page.getByRole("button", { name: "compose", exact: true }) })
const phases = (page: Page): Promise<Readonly<Record<string, string>>> =>
  page.evaluate("Object.fromEntries([...document.querySelectorAll('.node-row')].map((row) => [row.title, row.querySelector('.mark').getAttribute('aria-label')]))")

describe.skipIf(executable === undefined)(inBrowser, { timeout: 150_000 }, () => {
  let browser: Browser
  let place: Place
  let live: LiveProcess
  let opened: Opened
  let page: Page

  beforeAll(async () => {
    place = placeFor(join(root, "tests/support/graphs/small-growing.ts"))
    ;[browser, live] = await Promise.all([launch(), startLive(place, ["--port", "0", ...setting])])
    opened = await openPage(browser, live.url)
    page = opened.page
    await settled(page)
  }, 150_000)
  afterAll(async () => {
    await browser?.close()
    await live?.kill("SIGINT")
    place?.remove()
  })

  test("shows the main graph, and no token in its address", async () => {
    const main = placeFor(join(root, "graphs/growing-transformer.ts"))
    const server = await startLive(main, ["--port", "0", "--tiny", ...setting])
    try {
      const { page: shown, complaints } = await openPage(browser, server.url)
      await expect.poll(() => shown.locator(".node-row").count()).toBe(44)
      await expect.poll(() => shown.locator(".card").count()).toBe(44)
      await expect.poll(() => shown.getByRole("slider", { name: "weight" }).count()).toBe(3)
      await expect.poll(async () => (await phases(shown))["text"], patience).toBe("done")
      expect(shown.url()).toBe(`http://127.0.0.1:${server.port}/`)
      expect(complaints).toEqual([])
      await shown.close()
    } finally {
      await server.kill("SIGKILL")
      main.remove()
    }
  })

  test("the slider gives the numbers of a run without a page, and only the composition and what reads it ran", async () => {
    const before = await phases(page)
    const { x, y, width, height } = (await knob(page).getByRole("slider").boundingBox())!
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.mouse.down()
    for (let i = 1; i <= 10; i++) await page.mouse.move(x + width / 2 + 2 * i, y + height / 2)
    await page.mouse.up()
    await knob(page).getByLabel("weight, exact value").fill(String(weight))
    await knob(page).getByLabel("weight, exact value").press("Enter")
    await page.locator(".diff code", { hasText: String(weight) }).waitFor()
    await settled(page)
    const after = await phases(page)
    // "reused" is what a node becomes when an edit leaves it as it was.
    const moved = Object.keys(after).filter((node) => after[node] !== before[node])
    expect(moved.filter((node) => after[node] === "done")).toEqual([])
    expect([after["compose"], after["bits/compose"]]).toEqual(["done", "done"])
    const [columns, shown, values] = [await page.locator(".metrics thead th.number").allInnerTexts(), await row(page, "bits/compose"), await headless(place)]
    expect(columns.length).toBe(Object.keys(values).length)
    columns.forEach((column, i) => expect(Number(shown[i])).toBeCloseTo(values[column] as number, 3))
  })

  test("the page says why a node ran, back to the edit", async () => {
    await page.locator('.node-row[title="bits/compose"]').click()
    await page.getByRole("tab", { name: "Why" }).click()
    await expect.poll(() => page.locator(".panel-body").innerText(), { timeout: 10_000 }).toMatch(new RegExp(`weight .*${weight}`))
    await page.keyboard.press("Escape")
  })

  test("two pages agree, and undo on one is undone on the other", async () => {
    const { page: other } = await openPage(browser, live.url)
    await expect.poll(() => row(other, "bits/compose")).toEqual(await row(page, "bits/compose"))
    await other.keyboard.press("Control+z")
    await page.locator(".diff code", { hasText: String(weight) }).waitFor({ state: "detached" })
    await Promise.all([settled(page), settled(other)])
    await expect.poll(() => row(other, "bits/compose")).toEqual(await row(page, "bits/compose"))
    expect(await knob(other).getByRole("slider").inputValue()).toBe(await knob(page).getByRole("slider").inputValue())
    await other.close()
  })

  test("layers are added one on another; what trains meanwhile goes on, the stages below stay as they are, and the new curves are drawn", async () => {
    const before = await row(page, "bits/grow-2")
    const earlier = await counted(page)
    const add = page.getByRole("button", { name: "Add a layer" })
    await add.click()
    await page.locator('.node-row[title="grow/3"]').waitFor()
    await add.click()
    await page.locator('tr[data-node="bits/grow-4"]').waitFor(patience)
    await settled(page)
    const after = await phases(page)
    expect([after["grow/3"], after["grow/4"]]).toEqual(["done", "done"])
    // Each new layer is trained, scored and counted once, whatever ran when the second was added.
    expect(await counted(page)).toEqual({ jobs: earlier.jobs + 6, cancelled: earlier.cancelled })
    expect(await row(page, "bits/grow-2")).toEqual(before)
    expect(await row(page, "bits/grow-4")).toHaveLength(before.length)
    await expect.poll(() => page.locator(".legend", { hasText: "grow/4" }).count()).toBe(1)
    await page.getByRole("button", { name: "Remove a layer" }).click()
    await page.locator('.node-row[title="grow/4"]').waitFor({ state: "detached" })
  })

  test("a broken file is told with its line, and the last good graph goes on; a mended one goes in", async () => {
    const good = readFileSync(place.file, "utf8")
    const alert = page.getByRole("alert")
    writeFileSync(place.file, good.replace("export default graph(", "export default graph(("))
    await alert.waitFor(patience)
    expect(await alert.innerText()).toMatch(/small-growing\.ts:\d+/)
    await expect.poll(() => page.locator('.node-row[title="bits/compose"]').count()).toBe(1)
    writeFileSync(place.file, good.replaceAll("bits/compose", "bits/renamed"))
    await alert.waitFor({ state: "detached", ...patience })
    await page.locator('.node-row[title="bits/renamed"]').waitFor()
  })

  test("a killed server is told; started again, the page comes back by itself to the same state", async () => {
    await settled(page)
    const before = await row(page, "bits/renamed")
    await live.kill("SIGKILL")
    await page.getByText("Connection lost.").waitFor()
    expect(await row(page, "bits/renamed")).toEqual(before)
    live = await startLive(place, ["--port", live.port, ...setting])
    await page.getByText("Connection lost.").waitFor({ state: "detached", ...patience })
    await settled(page)
    expect(await row(page, "bits/renamed")).toEqual(before)
    await expect.poll(() => page.locator('.node-row[title="grow/3"]').count()).toBe(1)
  })
})
