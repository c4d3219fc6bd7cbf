/**
 * What can be undone and done again: overlays before and after, one entry a gesture, so that a drag of a slider through
 * a hundred values is one, and an edit that changes nothing is none. SPEC L4.
 */
import { equalJson, type Json } from "../base/json.ts"
import type { Overlay } from "./overlay.ts"
import type { HistoryView } from "./protocol/status.ts"

export interface Entry {
  readonly label: string
  readonly before: Overlay
  readonly after: Overlay
  /** Null: on its own. */
  readonly gesture: string | null
}

export interface Gestures {
  readonly push: (entry: Entry) => void
  readonly peek: (move: "undo" | "redo") => Entry | undefined
  readonly undo: () => void
  readonly redo: () => void
  readonly view: () => HistoryView
}

const mostEntries = 200
const mostShown = 20

const isSame = ({ before, after }: Entry): boolean => equalJson(before as unknown as Json, after as unknown as Json)

export const makeGestures = (): Gestures => {
  let done: Entry[] = []
  let undone: Entry[] = []
  const move = (from: Entry[], to: Entry[]): void => {
    const entry = from.pop()
    // What comes after is a gesture of its own.
    if (entry !== undefined) to.push({ ...entry, gesture: null })
  }
  return {
    push: (entry) => {
      if (isSame(entry)) return
      undone = []
      const last = done.at(-1)
      const goesOn = last !== undefined && entry.gesture !== null && last.gesture === entry.gesture
      const whole = goesOn ? { ...entry, before: last.before } : entry
      const earlier = goesOn ? done.slice(0, -1) : done
      done = isSame(whole) ? earlier : [...earlier, whole].slice(-mostEntries)
    },
    peek: (which) => (which === "undo" ? done : undone).at(-1),
    undo: () => move(done, undone),
    redo: () => move(undone, done),
    view: () => {
      const labels = (entries: readonly Entry[]): readonly string[] => entries.slice(-mostShown).reverse().map(({ label }) => label)
      return { undo: labels(done), redo: labels(undone) }
    },
  }
}
