/**
 * How the whole experiment stands, for the line on top of the page. That something is under way, or no more, is said in the
 * same message as what was edited or what came of it; counts that only inform are looked at now and then. SPEC L3.
 */
import type { Engine } from "../engine/engine.ts"
import type { Board } from "./board.ts"
import type { LiveState } from "./protocol.ts"
import type { EngineView, Phase } from "./protocol/status.ts"
import type { Steering } from "./steering.ts"

export interface FigureSource {
  readonly engine: Engine
  readonly board: Board
  readonly steering: () => Steering
  /** What has happened is not on the board yet. */
  readonly isBehind: () => boolean
  readonly revision: () => number
  readonly pages: () => number
}

export interface Figures {
  readonly touch: () => void
  readonly close: () => void
}

/** Between two looks at counts. */
const pauseMs = 100

export const makeFigures = ({ engine, board, steering: steeringNow, isBehind, revision, pages }: FigureSource): Figures => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false
  const standing = (): Pick<EngineView, "mode" | "isBusy" | "revision"> => {
    const steering = steeringNow()
    return { mode: steering.isPaused() ? "paused" : "live", isBusy: steering.isBusy() || isBehind(), revision: revision() }
  }
  const draw = (): void => {
    clearTimeout(timer)
    timer = undefined
    const { execs, aborts } = engine.counters()
    const steering = steeringNow()
    board.set("engine", {
      ...board.get("engine"),
      ...standing(),
      phases: phasesOf(board.whole().statuses),
      executed: execs,
      cancelled: aborts,
      superseded: steering.superseded(),
      settledMs: steering.settledMs(),
      pages: pages(),
    })
  }
  return {
    touch: () => {
      if (isClosed) return
      const [told, now] = [board.get("engine"), standing()]
      if (told.mode !== now.mode || told.isBusy !== now.isBusy) return draw()
      timer ??= setTimeout(draw, pauseMs).unref()
    },
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

const phasesOf = (statuses: LiveState["statuses"]): { readonly [phase in Phase]?: number } => {
  const counts: { [phase in Phase]?: number } = {}
  for (const { phase } of Object.values(statuses)) counts[phase] = (counts[phase] ?? 0) + 1
  return counts
}
