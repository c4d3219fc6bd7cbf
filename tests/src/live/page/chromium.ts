/** One browser for a file of tests, and what is asked of every page: no error, nothing the policy had to stop. */
import type { Browser, Page } from "playwright-core"
import { chromiumPath as executable, launchChromium as launch } from "../../../../tools/live/chromium.ts"

export { executable, launch }

/** The title of the tests: says loudly when they are skipped. */
export const inBrowser = executable === undefined ? "a page in a browser (skipped: no chromium; install it, or name one in CHROMIUM)" : "a page in a browser"

export interface Opened {
  readonly page: Page
  /** What the page complained of: errors, and what the Content-Security-Policy stopped. */
  readonly complaints: string[]
}

export const openPage = async (browser: Browser, url: string, size = { width: 1440, height: 900 }): Promise<Opened> => {
  const page = await browser.newPage({ viewport: size, reducedMotion: "reduce" })
  const complaints: string[] = []
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("pageerror", (error) => complaints.push(error.message))
  await page.goto(url)
  await page.locator(".page").waitFor()
  return { page, complaints }
}
