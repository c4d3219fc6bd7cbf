/** How many frames a second a browser draws of a graph while a hand pans it, all of it in sight. */
import type { Page } from "playwright-core"
import { must } from "../../../src/base/assert.ts"

/** Frames a second, turn by turn. */
export const pan = async (page: Page, address: string, { nodes, turns, turnMs }: { readonly nodes: number; readonly turns: number; readonly turnMs: number }): Promise<readonly number[]> => {
  await page.goto(address)
  await page.locator(".card").nth(nodes - 1).waitFor()
  await page.locator(".pulse.good", { hasText: "Up to date" }).waitFor()
  await page.evaluate(`(() => {
    window.frames = 0
    const tick = () => (window.frames++, requestAnimationFrame(tick))
    tick()
  })()`)
  const pane = must((await page.locator(".canvas").boundingBox()) ?? undefined, "the canvas")
  const moveTo = (i: number): Promise<void> => page.mouse.move(pane.x + pane.width / 2 + 60 * Math.sin(i / 6), pane.y + 20 + (i % 40))
  const now = async () => (await page.evaluate("({ frames, at: performance.now() })")) as { readonly frames: number; readonly at: number }
  const found: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    await moveTo(0)
    await page.mouse.down()
    const from = await now()
    let to = from
    for (let i = 1; to.at - from.at < turnMs; i++) {
      await moveTo(i)
      if (i % 10 === 0) to = await now()
    }
    await page.mouse.up()
    found.push(((to.frames - from.frames) * 1000) / (to.at - from.at))
  }
  return found
}
