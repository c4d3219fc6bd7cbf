/**
 * How long the metric of a composition takes to follow its weight on the page, in a real browser: from the input event of
 * the slider to the frame after the one in which the metric of that value, or of a newer one, was drawn; and where that
 * time goes. Everything is noted on the page, by its clock, and read when the slider rests: who measures takes no part.
 */
import type { Page } from "playwright-core"
import { must } from "../../../src/base/assert.ts"

/** Milliseconds from input to paint, and what they are made of; the parts add up to the whole. */
export interface Delay {
  readonly whole: number
  /** Until the page sends the value, or one that overtook it. */
  readonly sent: number
  /** Until the metric of that value, or of a newer one, comes back. */
  readonly answered: number
  /** Until it is painted. */
  readonly painted: number
}

export interface Painted {
  /** Of the first input there was. */
  readonly first: Delay
  /** Input by input: each made when the one before was painted. */
  readonly alone: readonly Delay[]
  /** Of a drag at the pace of a screen. */
  readonly dragged: readonly Delay[]
  /** Of the drag: metrics that were painted. */
  readonly painted: number
}

interface Knob {
  readonly node: string
  readonly param: string
  readonly metric: string
}

/** What the page notes, in milliseconds of its clock. Values rise from one input to the next, revisions from one answer to the next. */
interface Notes {
  readonly inputs: readonly { readonly value: number; readonly at: number }[]
  readonly sent: readonly { readonly id: string; readonly value: number; readonly at: number }[]
  readonly accepted: readonly { readonly id: string; readonly revision: number }[]
  readonly answers: readonly { readonly revision: number; readonly at: number }[]
  readonly paints: readonly { readonly revision: number; readonly at: number }[]
}

const frameMs = 1000 / 60

/** Runs on the page before its own scripts. */
const noteMessages = ({ node, param, metric }: Knob): string => `(() => {
  const notes = window.notes = { inputs: [], sent: [], accepted: [], answers: [], paints: [] }
  window.forget = () => Object.values(notes).forEach((list) => list.length = 0)
  const Plain = WebSocket
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given)
      this.addEventListener("message", ({ data }) => {
        const at = performance.now()
        const message = JSON.parse(data)
        if (message.type === "accepted") notes.accepted.push({ id: message.id, revision: message.revision })
        const revision = message.type === "state" ? message.change.statuses?.[${JSON.stringify(metric)}]?.headlineRevision : undefined
        if (revision !== undefined) notes.answers.push({ revision, at })
      })
    }
    send(text) {
      const { type, id, edit } = JSON.parse(text)
      if (type === "edit" && edit.op === "set" && edit.node === ${JSON.stringify(node)}) notes.sent.push({ id, value: edit.params[${JSON.stringify(param)}], at: performance.now() })
      super.send(text)
    }
  }
})()`

/** Runs on the page once it is drawn. `isPainted(n)`: resolves when there were n inputs, and a metric as new as the last was painted. */
const notePaints = (metric: string, slider: string): string => `(() => {
  const { notes } = window
  const input = document.querySelector(${JSON.stringify(slider)})
  input.step = "any"
  let look = () => undefined
  input.addEventListener("input", (event) => notes.inputs.push({ value: Number(input.value), at: event.timeStamp }), true)
  const row = () => document.querySelector(${JSON.stringify(`tr[data-node="${metric}"]`)})
  let seen = row().dataset.revision
  new MutationObserver(() => {
    const revision = row()?.dataset.revision
    if (revision === undefined || revision === seen) return
    seen = revision
    requestAnimationFrame((at) => (notes.paints.push({ revision: Number(revision), at }), look()))
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-revision"] })
  const newest = () => {
    const last = notes.sent.at(-1)
    const revision = last?.value === notes.inputs.at(-1)?.value ? notes.accepted.find(({ id }) => id === last.id)?.revision : undefined
    return revision ?? Infinity
  }
  window.isPainted = (n) => new Promise((resolve) => {
    look = () => {
      if (notes.inputs.length < n || (notes.paints.at(-1)?.revision ?? 0) < newest()) return setTimeout(() => look(), 5)
      look = () => undefined
      resolve()
    }
    look()
  })
})()`

/** Of each input. */
const delaysOf = ({ inputs, sent, accepted, answers, paints }: Notes): readonly Delay[] => {
  const revisions = new Map(accepted.map(({ id, revision }) => [id, revision]))
  return inputs.map(({ value, at }) => {
    // A value that was overtaken before it was sent has the revision of the next.
    const one = must(sent.find((next) => next.value >= value), "a value that was sent")
    const revision = must(revisions.get(one.id), "the revision of a value")
    const answer = must(answers.find((next) => next.revision >= revision), "an answer")
    const paint = must(paints.find((next) => next.revision >= revision), "a paint")
    return { whole: paint.at - at, sent: one.at - at, answered: answer.at - one.at, painted: paint.at - answer.at }
  })
}

/** Drags the slider through `times` values twice, from left to right. `start` in [0, 1) makes them other values than those of another run. */
export const followSlider = async (page: Page, address: string, knob: Knob, { times, start }: { readonly times: number; readonly start: number }): Promise<Painted> => {
  await page.addInitScript(noteMessages(knob))
  await page.goto(address)
  await page.locator(`tr[data-node="${knob.metric}"]`).waitFor()
  await page.locator(".pulse.good", { hasText: "Up to date" }).waitFor()
  const slider = page.getByRole("slider", { name: knob.param, exact: true })
  await page.evaluate(notePaints(knob.metric, `input[id="${await slider.getAttribute("id")}"]`))
  const box = must((await slider.boundingBox()) ?? undefined, "the slider")
  const moveTo = (i: number): Promise<void> => page.mouse.move(box.x + box.width * (0.2 + (0.6 * i) / times), box.y + box.height / 2)
  const isPainted = (inputs: number): Promise<unknown> => page.evaluate(`isPainted(${inputs})`)
  const read = async (): Promise<Notes> => (await page.evaluate("notes")) as Notes
  let first: Delay | undefined
  const drag = async (from: number, step: (i: number) => Promise<unknown>): Promise<Notes> => {
    // Pressed, the slider jumps to where the pointer is.
    await moveTo(from - 1)
    await page.mouse.down()
    await isPainted(1)
    first ??= delaysOf(await read())[0]
    await page.evaluate("forget()")
    for (let i = 0; i < times; i++) {
      await moveTo(i + from)
      await step(i)
    }
    await page.mouse.up()
    await isPainted(1)
    return read()
  }
  const alone = await drag(start / 2, (i) => isPainted(i + 1))
  const dragged = await drag((start + 1) / 2, () => page.waitForTimeout(frameMs))
  return { first: must(first, "an input"), alone: delaysOf(alone), dragged: delaysOf(dragged), painted: dragged.paints.length }
}
