/** What the phases of a node look like: a word, a mark and a tone. */
import type { NodeStatus, Phase } from "../../protocol/status.ts"
import { time } from "../draw/format.ts"

export type Tone = "good" | "busy" | "calm" | "bad" | "warn"

interface Look {
  readonly word: string
  readonly tone: Tone
  /** One character, for pictures of text alone. */
  readonly mark: string
}

const looks: { readonly [P in Phase]: Look } = {
  waiting: { word: "waiting", tone: "calm", mark: "○" },
  running: { word: "running", tone: "busy", mark: "◔" },
  partial: { word: "partial", tone: "busy", mark: "◑" },
  done: { word: "done", tone: "good", mark: "●" },
  reused: { word: "reused", tone: "good", mark: "◆" },
  failed: { word: "failed", tone: "bad", mark: "✕" },
  blocked: { word: "blocked", tone: "warn", mark: "⊘" },
  stale: { word: "stale", tone: "warn", mark: "◌" },
  gated: { word: "gated", tone: "warn", mark: "▣" },
  off: { word: "off", tone: "calm", mark: "–" },
  held: { word: "held", tone: "calm", mark: "▪" },
  expanded: { word: "expanded", tone: "good", mark: "◈" },
}

export const lookOf = (phase: Phase): Look => looks[phase]

/** Wanted, and not there yet. */
export const isUnderWay = (phase: Phase): boolean => phase === "waiting" || isRunning(phase)

export const isRunning = (phase: Phase): boolean => phase === "running" || phase === "partial"

/** The state in a few words with its time: `running, 42 %, 1 min 20 s left`, `done in 3.2 s`. */
export const describeStatus = (status: NodeStatus): string => {
  const { phase, progress, ms } = status
  const { word } = looks[phase]
  if (isRunning(phase)) return [word, progressText(status)].filter((part) => part !== "").join(", ")
  if (phase === "done" && ms !== null) return `${word} in ${time(ms)}`
  const part = phase === "stale" ? partOf(progress) : undefined
  return part === undefined ? word : `${word} at ${percent(part)}`
}

/** `42 % · 1 min 20 s left`; `40 windows` when nobody can know of how many; empty when nothing is known. */
export const progressText = ({ progress }: NodeStatus): string => {
  const part = partOf(progress)
  if (progress === null || (part === undefined && progress.done === 0)) return ""
  const text = part === undefined ? `${progress.done} ${progress.unit}` : percent(part)
  return progress.leftMs === null ? text : `${text} · ${time(progress.leftMs)} left`
}

/** In [0, 1]; undefined when that cannot be known. */
export const partOf = (progress: NodeStatus["progress"]): number | undefined =>
  progress === null || progress.total === null || progress.total <= 0 ? undefined : Math.min(1, progress.done / progress.total)

export const percent = (part: number): string => `${Math.floor(100 * part)} %`
