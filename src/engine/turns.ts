/**
 * The engine's loop: look at what lies outside the graph, plan, visit what is ready, start work; one turn after another
 * until there is nothing to do but wait. Knows when, not what. SPEC P1.
 */
import { nextTurn } from "../base/next-turn.ts"

export interface TurnSteps {
  /** Looks again at code, files and the device. */
  readonly refresh: () => Promise<void>
  readonly replan: () => void
  /** Visits some of the nodes that are ready; false when none is left. */
  readonly visitSome: () => boolean
  /** Nothing is left to visit for now: starts work, and tells who has waited long enough. */
  readonly act: () => void
  /** Whether anybody waits. Without that nothing turns. */
  readonly isWanted: () => boolean
  /** A step threw: a bug of ours or of what was passed in. */
  readonly onFault: (error: unknown) => void
}

export interface Turns {
  /** Something happened; and what has to be looked at anew because of it. */
  readonly wake: (old?: "environment" | "plan") => void
  /** Nothing turns until `release`. */
  readonly hold: () => void
  readonly release: () => void
  /** Plans at once, while nothing turns, if the plan is old. */
  readonly replan: () => void
  /** Resolves when no turn is under way, and so nothing outside the graph is looked at. */
  readonly idle: () => Promise<void>
}

/** Small work is done within an act: a chain of it would else keep the thread to itself. */
const actsPerTurn = 200

export const makeTurns = (steps: TurnSteps): Turns => {
  let isEnvironmentOld = false
  let isPlanOld = false
  let isDue = false
  let turning: Promise<void> | undefined
  let isHeld = false
  let acts = 0
  const turn = async (): Promise<void> => {
    while (!isHeld && (isDue || isEnvironmentOld || isPlanOld)) {
      isDue = false
      if (isEnvironmentOld) {
        isEnvironmentOld = false
        await steps.refresh()
      } else {
        if (isPlanOld) {
          isPlanOld = false
          steps.replan()
        }
        const isMore = steps.visitSome()
        if (isMore) isDue = true
        else if (!isHeld) steps.act()
        // Other work of this thread gets a turn.
        if (isMore || ++acts % actsPerTurn === 0) await nextTurn()
      }
    }
  }
  const wake: Turns["wake"] = (old) => {
    if (old === "environment") isEnvironmentOld = true
    if (old !== undefined) isPlanOld = true
    isDue = true
    if (turning !== undefined || isHeld || !steps.isWanted()) return
    // A microtask later, so that all that ends in one turn is planned together.
    turning = Promise.resolve()
      .then(turn)
      .catch((error: unknown) => {
        isEnvironmentOld = isPlanOld = true
        isDue = false
        steps.onFault(error)
      })
      .finally(() => {
        turning = undefined
        if (isDue) wake()
      })
  }
  return {
    wake,
    hold: () => {
      isHeld = true
    },
    release: () => {
      isHeld = false
      wake("plan")
    },
    replan: () => {
      if (!isPlanOld) return
      try {
        steps.replan()
      } catch (error) {
        steps.onFault(error)
      }
    },
    idle: async () => {
      while (turning !== undefined) await turning
    },
  }
}
