/** The browser that pictures, timings and tests of the live page are made in: a Chromium of this machine, nothing is downloaded. */
import { existsSync } from "node:fs"
import { chromium, type Browser } from "playwright-core"

/** `CHROMIUM` names another one; undefined when there is none. */
export const chromiumPath = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path !== undefined && existsSync(path))

export const noChromium = "no chromium was found; install it, or name one in CHROMIUM"

/** Rejects when there is none. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath ?? noChromium, args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] })
