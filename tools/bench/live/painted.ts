/**
 * How long the metric of a composition takes to follow its weight on the page, in a real browser: from the input event of
 * the slider to the frame after the one in which the metric of that value, or of a newer one, was drawn.
 */
import type { Page } from "playwright-core"
import { must } from "../../../src/base/assert.ts"
import type { ClientMessage, ServerMessage } from "../../../src/live/protocol.ts"

export interface Painted {
  /** Milliseconds, input by input: each made when the one before was painted. */
  readonly alone: readonly number[]
  /** Of a drag at the pace of a screen: milliseconds from each input to the first painted metric that is of it or of a newer one. */
  readonly dragged: readonly number[]
  /** Of the drag: metrics that were painted. */
  readonly painted: number
}

interface Knob {
  readonly node: string
  readonly param: string
  readonly metric: string
}

/** Milliseconds of the page's clock. */
interface Input {
  readonly value: number
  readonly at: number
}

interface Paint {
  readonly revision: number
  readonly at: number
}

const frameMs = 1000 / 60

/** Runs on the page. */
const watch = (metric: string, slider: string): string => `(() => {
  const input = document.querySelector(${JSON.stringify(slider)})
  input.step = "any"
  input.addEventListener("input", (event) => noteInput({ value: Number(input.value), at: event.timeStamp }), true)
  const row = () => document.querySelector(${JSON.stringify(`tr[data-node="${metric}"]`)})
  let seen = row().dataset.revision
  new MutationObserver(() => {
    const revision = row()?.dataset.revision
    if (revision === undefined || revision === seen) return
    seen = revision
    requestAnimationFrame((at) => notePaint({ revision: Number(revision), at }))
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-revision"] })
})()`

interface Heard {
  /** From each input to the first paint that is of it or of a newer one; undefined where there is none yet. Values rise from one input to the next. */
  readonly delays: () => readonly (number | undefined)[]
  readonly paints: () => readonly Paint[]
  readonly forget: () => void
  /** Resolves when every input, and there are `atLeast` of them, was painted. */
  readonly allPainted: (atLeast: number) => Promise<void>
}

/** Hears what the page notes, and what page and server say to each other: which revision each value became. */
const listen = async (page: Page, { node, param }: Knob): Promise<Heard> => {
  const sent = new Map<string, number>()
  let revisions: { readonly value: number; readonly revision: number }[] = []
  let inputs: Input[] = []
  let paints: Paint[] = []
  let heard = (): void => undefined
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => {
      const message = JSON.parse(String(payload)) as ClientMessage
      if (message.type === "edit" && message.edit.op === "set" && message.edit.node === node) sent.set(message.id, Number(message.edit.params[param]))
    })
    socket.on("framereceived", ({ payload }) => {
      if (!String(payload).startsWith('{"type":"accepted"')) return
      const message = JSON.parse(String(payload)) as ServerMessage & { readonly type: "accepted" }
      const value = sent.get(message.id)
      if (value !== undefined) revisions.push({ value, revision: message.revision })
      heard()
    })
  })
  await page.exposeFunction("noteInput", (input: Input) => {
    inputs.push(input)
    heard()
  })
  await page.exposeFunction("notePaint", (paint: Paint) => {
    paints.push(paint)
    heard()
  })
  const delays = (): readonly (number | undefined)[] =>
    inputs.map(({ value, at }) => {
      // A value that was overtaken before it was sent has the revision of the next.
      const revision = revisions.find((one) => one.value >= value)?.revision ?? Infinity
      const paint = paints.find((one) => one.revision >= revision)
      return paint === undefined ? undefined : paint.at - at
    })
  return {
    delays,
    paints: () => paints,
    forget: () => {
      revisions = []
      inputs = []
      paints = []
    },
    allPainted: (atLeast) =>
      new Promise((resolve) => {
        heard = () => {
          if (inputs.length < atLeast || delays().includes(undefined)) return
          heard = () => undefined
          resolve()
        }
        heard()
      }),
  }
}

/** Drags the slider through `times` values twice, from left to right. `start` in [0, 1) makes them other values than those of another run. */
export const followSlider = async (page: Page, address: string, knob: Knob, { times, start }: { readonly times: number; readonly start: number }): Promise<Painted> => {
  const heard = await listen(page, knob)
  await page.goto(address)
  await page.locator(`tr[data-node="${knob.metric}"]`).waitFor()
  await page.locator(".pulse.good", { hasText: "Up to date" }).waitFor()
  const slider = page.getByRole("slider", { name: knob.param, exact: true })
  await page.evaluate(watch(knob.metric, `input[id="${await slider.getAttribute("id")}"]`))
  const box = must((await slider.boundingBox()) ?? undefined, "the slider")
  const moveTo = (i: number): Promise<void> => page.mouse.move(box.x + box.width * (0.2 + (0.6 * i) / times), box.y + box.height / 2)
  const drag = async (from: number, step: (i: number) => Promise<void>): Promise<{ readonly delays: readonly number[]; readonly painted: number }> => {
    // Pressed, the slider jumps to where the pointer is.
    await moveTo(from - 1)
    await page.mouse.down()
    await heard.allPainted(1)
    heard.forget()
    for (let i = 0; i < times; i++) {
      await moveTo(i + from)
      await step(i)
    }
    await page.mouse.up()
    await heard.allPainted(1)
    return { delays: heard.delays().flatMap((delay) => delay ?? []), painted: heard.paints().length }
  }
  const alone = await drag(start / 2, (i) => heard.allPainted(i + 1))
  heard.forget()
  const dragged = await drag((start + 1) / 2, () => page.waitForTimeout(frameMs))
  return { alone: alone.delays, dragged: dragged.delays, painted: dragged.painted }
}
