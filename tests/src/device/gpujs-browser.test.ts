/** The conformance cases of every op in a real browser: headless Chromium, on WebAssembly and on its WebGPU. */
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { chromium, type Browser, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createHash as createPageHash } from "./browser/node-crypto.ts"
import type { Outcome } from "./browser/page.ts"
import { sections } from "./conformance/table.ts"

const executable = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path !== undefined && existsSync(path))
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const quiet = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
/** A GPU where there is one would do as well; the software adapter is everywhere the same. */
const softwareGpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]

/** The page's script, with gpu.js's own build for browsers. */
const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [here("./browser/page.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    alias: { "node:crypto": here("./browser/node-crypto.ts") },
    logLevel: "silent",
  })
  return outputFiles[0]!.text
}

const serve = (script: string) => {
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js"
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html")
    response.end(isScript ? script : `<!doctype html><meta charset="utf-8"><title>conformance</title><script type="module" src="/page.js"></script>`)
  })
  return new Promise<{ readonly url: string; readonly close: () => void }>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() })),
  )
}

interface Window {
  readonly cambium: { conform(backend: string, most: number): Promise<Outcome>; adapter(): Promise<string | undefined> }
}

test("hashes in the page are those of Node", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 119, 1000]) {
    const text = "ä".repeat(length)
    expect(createPageHash("sha256").update(text).update("b").digest("hex")).toBe(createHash("sha256").update(text).update("b").digest("hex"))
  }
})

const isMissing = executable === undefined
const title = isMissing ? "a browser (skipped: no chromium; install it, or name one in CHROMIUM)" : "a browser"

describe.skipIf(isMissing)(title, { timeout: 240_000 }, () => {
  let server: Awaited<ReturnType<typeof serve>>
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    server = await serve(await bundle())
    // Each launch has a profile of its own, which goes with it.
    browser = await chromium.launch({ executablePath: executable!, args: [...quiet, ...softwareGpu] })
    page = await browser.newPage()
    await page.goto(server.url)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const conform = (backend: string, most: number): Promise<Outcome> =>
    page.evaluate(([name, n]) => (globalThis as unknown as Window).cambium.conform(name as string, n as number), [backend, most] as const)
  const everyOp = sections.flatMap(([, ops]) => ops).sort()

  test("computes every op on WebAssembly as the interpreter does, and nothing on a GPU (D5)", async () => {
    const { ops, ran, compared } = await conform("webasm", 100)
    expect(Object.entries(ops).filter(([, wrong]) => wrong.length > 0)).toEqual([])
    expect(Object.keys(ops).sort()).toEqual(everyOp)
    expect(compared).toBeGreaterThan(4 * everyOp.length)
    expect(ran.modules).toBeGreaterThan(100)
    expect(ran.dispatches).toBe(0)
  })

  test("computes every op on WebGPU as the interpreter does, and nothing on WebAssembly (D5)", async (context) => {
    const adapter = await page.evaluate(() => (globalThis as unknown as Window).cambium.adapter())
    if (adapter === undefined) return context.skip("this browser's WebGPU has no adapter")
    const { ops, ran, compared } = await conform("webgpu", 4)
    expect(Object.entries(ops).filter(([, wrong]) => wrong.length > 0)).toEqual([])
    expect(Object.keys(ops).sort()).toEqual(everyOp)
    expect(compared).toBeGreaterThan(everyOp.length)
    expect(ran.dispatches).toBeGreaterThan(100)
    expect(ran.modules).toBe(0)
  })
})
