/**
 * How long the metric of a composition takes to follow its weight: from the edit that a page sends to the state in
 * which the metric is of that edit; and what a drag at the pace of a screen costs. Through the socket, as the page does.
 */
import { must } from "../../../src/base/assert.ts"
import type { LiveSocket } from "./live-process.ts"

export interface Followed {
  /** Milliseconds, edit by edit: each sent when the one before was seen. */
  readonly alone: readonly number[]
  /** Of a drag: milliseconds from each value to the first metric that is of it or of a newer one. */
  readonly dragged: readonly number[]
  /** Of the drag: metrics that were seen, jobs told to stop, values that newer ones replaced before anything ran. */
  readonly seen: number
  readonly cancelled: number
  readonly superseded: number
}

/** A screen shows so many values a second while a hand drags. */
const frameMs = 1000 / 60

/** Moves `param` of `knob` through `times` values, twice; watches `metric`. Another `start` in [0, 1) is other values: none that is in the store already is of use. */
export const followKnob = async (socket: LiveSocket, { knob, param, metric, times, start, now }: { readonly knob: string; readonly param: string; readonly metric: string; readonly times: number; readonly start: number; readonly now: () => number }): Promise<Followed> => {
  const revisions = new Map<string, number>()
  socket.onMessage((message) => {
    if (message.type === "accepted") revisions.set(message.id, message.revision)
    if (message.type === "refused") throw new Error(message.messages.join("; "))
  })
  const set = (id: string, value: number, gesture: string | null): void => socket.say({ type: "edit", id, gesture, edit: { op: "set", node: knob, params: { [param]: value } } })
  /** The revision that the metric on show is of. */
  const shown = (): number => socket.state().statuses[metric]?.headlineRevision ?? 0
  const isSeen = (id: string): boolean => shown() >= (revisions.get(id) ?? Infinity)

  const valueAt = (i: number): number => 0.1 + (0.8 * (i + start / 2)) / times
  const alone: number[] = []
  for (let i = 0; i < times; i++) {
    const [id, from] = [`alone ${i}`, now()]
    set(id, valueAt(i), null)
    await untilMessage(socket, () => isSeen(id))
    alone.push(now() - from)
  }
  const before = socket.state().engine
  const sent: number[] = []
  const dragged: number[] = []
  let seen = 0
  let last = shown()
  socket.onMessage(() => {
    if (shown() !== last) seen++
    last = shown()
    while (dragged.length < sent.length && isSeen(`drag ${dragged.length}`)) dragged.push(now() - must(sent[dragged.length], "sent"))
  })
  for (let i = 0; i < times; i++) {
    sent.push(now())
    set(`drag ${i}`, valueAt(i + 0.5), "drag")
    await new Promise((resolve) => setTimeout(resolve, frameMs))
  }
  await untilMessage(socket, () => dragged.length === times)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const after = socket.state().engine
  return { alone, dragged, seen, cancelled: after.cancelled - before.cancelled, superseded: after.superseded - before.superseded }
}

const untilMessage = (socket: LiveSocket, is: () => boolean): Promise<void> => socket.until(is)
