/**
 * How a node looks while it follows a hand: steady. While a slider is dragged it runs again and again, and each result is
 * out of date when it comes; shown are the newest result there is and the state the node was in before, until nothing
 * newer has come for a moment. Then it is shown to run, and what it shows to be old. SPEC L10.
 */
import { useEffect, useRef, useState } from "react"
import type { NodeStatus } from "../../protocol/status.ts"
import { isUnderWay } from "./phases.ts"

/** Longer than one result of a drag takes to follow another. */
const patienceMs = 500

export interface Steady<S extends NodeStatus | undefined> {
  readonly status: S
  /** What is shown looks out of date. */
  readonly isOld: boolean
}

export const useSteady = <S extends NodeStatus | undefined>(status: S): Steady<S> => {
  const isMoving = status !== undefined && isUnderWay(status.phase)
  const isCalm = status === undefined || (status.isFresh && !isMoving)
  const revision = status?.headlineRevision
  const rested = useRef<NodeStatus | undefined>(undefined)
  if (!isMoving) rested.current = status
  /** The revision that nothing newer has followed for long. */
  const [late, setLate] = useState(isCalm ? undefined : revision)
  useEffect(() => {
    if (isCalm) return setLate(undefined)
    const timer = setTimeout(() => setLate(revision), patienceMs)
    return () => clearTimeout(timer)
  }, [isCalm, revision])
  const isLate = !isCalm && late === revision
  if (status === undefined) return { status, isOld: false }
  const isLive = status.headline?._tag === "curve" && status.headline.live
  const before = isMoving && !isLate ? rested.current : undefined
  const shown = before === undefined ? status : { ...status, phase: before.phase, why: before.why, ms: before.ms, progress: before.progress }
  return { status: shown, isOld: isLate && !status.isFresh && !isLive }
}
