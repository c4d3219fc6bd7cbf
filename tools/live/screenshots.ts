/**
 * The pictures of the live page in `docs/`: starts `cambium live` on a small size of the main graph with a store and an
 * overlay of its own, and looks at it in Chromium as a reader would. Run it again after a change of the page's looks.
 */
import { spawn } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Browser, Page } from "playwright-core"
import { chromiumPath, launchChromium, noChromium } from "./chromium.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
/** Large enough for curves that look like some, small enough to wait for. */
const size = ["--tiny", "--device", "onnx", "--set", "*.steps=600", "--set", "generate/*.length=24"]
const mostBytes = 250_000

export const takeScreenshots = async (): Promise<number> => {
  if (chromiumPath === undefined) return console.error(noChromium), 1
  mkdirSync(join(root, ".cambium"), { recursive: true })
  const folder = mkdtempSync(join(root, ".cambium", "screenshots-"))
  mkdirSync(join(folder, "graphs"))
  const file = join(folder, "graphs", "growing-transformer.ts")
  copyFileSync(join(root, "graphs", "growing-transformer.ts"), file)
  const live = await startLive(folder)
  const browser = await launchChromium()
  try {
    await lookAround(browser, live.url, file)
  } finally {
    await browser.close()
    await live.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return 0
}

const lookAround = async (browser: Browser, url: string, file: string): Promise<void> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" })
  await page.goto(url)
  await page.locator(".page").waitFor()
  const upToDate = (): Promise<void> => page.locator(".pulse.good, .pulse.bad", { hasText: /Up to date|failed/ }).waitFor({ timeout: 1_200_000 })
  const look = async (hash: string): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
    await page.waitForTimeout(800)
  }
  await upToDate()
  await shoot(page, "live-idle")
  await page.getByRole("button", { name: "Add a layer" }).click()
  const training = page.locator('.node-row[title="grow/4"] .mark.busy')
  await training.waitFor({ timeout: 60_000 })
  await page.locator(".legend", { hasText: "grow/4" }).waitFor({ timeout: 60_000 })
  await shoot(page, "live-training")
  if ((await training.count()) === 0) throw new Error("the layer had trained before its picture was taken: give it more steps")
  await upToDate()
  await page.getByLabel("weight, exact value").first().fill("0.3")
  await page.getByLabel("weight, exact value").first().press("Enter")
  await page.waitForTimeout(500)
  await upToDate()
  await look("#compare=file+now")
  await shoot(page, "live-compare")
  await page.emulateMedia({ colorScheme: "dark" })
  await look("#node=grow/2&tab=data")
  await page.getByRole("button", { name: /^model/ }).first().click()
  await page.locator(".tensors li button").nth(1).click()
  await page.waitForTimeout(800)
  await shoot(page, "live-dark")
  await page.emulateMedia({ colorScheme: "light" })
  const good = readFileSync(file, "utf8")
  writeFileSync(file, good.replace("rule, weight }", 'rule: "mean", weight }'))
  await page.getByRole("alert").waitFor({ timeout: 120_000 })
  await look("")
  await shoot(page, "live-error")
  writeFileSync(file, good)
  await page.getByRole("alert").waitFor({ state: "detached", timeout: 120_000 })
  await page.setViewportSize({ width: 430, height: 860 })
  await look("#node=bits/compose")
  await shoot(page, "live-narrow")
}

const shoot = async (page: Page, name: string): Promise<void> => {
  await page.waitForTimeout(700)
  const path = join(root, "docs", `${name}.png`)
  await page.screenshot({ path, animations: "disabled" })
  const { size: bytes } = statSync(path)
  console.log(`docs/${name}.png  ${Math.round(bytes / 1000)} kB${bytes > mostBytes ? ", larger than a README should load" : ""}`)
}

/** From `folder`, so that the page shows no path of this machine. */
const startLive = (folder: string): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "tools", "cambium.mjs"), "live", "graphs/growing-transformer.ts", "--no-open", "--port", "0", "--store", "store", ...size], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] })
    const ended = new Promise<void>((done) => child.once("close", () => done()))
    child.stdout.on("data", (text) => {
      const url = /http:\S+/.exec(String(text))?.[0]
      if (url !== undefined) resolve({ url, stop: () => (child.kill("SIGINT"), ended) })
    })
    void ended.then(() => reject(new Error("cambium live ended before it had an address")))
  })
