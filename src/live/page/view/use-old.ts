/**
 * Whether a result looks out of date: an edit has made it so, and nothing newer has come for a moment. While a slider is
 * dragged results follow one another, each out of date when it comes; they are shown as what they are, the newest there is.
 */
import { useEffect, useState } from "react"
import type { NodeStatus } from "../../protocol/status.ts"

/** Longer than one result of a drag takes to follow another. */
const patienceMs = 600

export const useOld = (status: Pick<NodeStatus, "isFresh" | "headline" | "headlineRevision"> | undefined): boolean => {
  const isFollowing = status === undefined || status.isFresh || (status.headline?._tag === "curve" && status.headline.live)
  const revision = status?.headlineRevision
  /** The revision that has been out of date for long. */
  const [late, setLate] = useState(isFollowing ? undefined : revision)
  useEffect(() => {
    if (isFollowing) return undefined
    const timer = setTimeout(() => setLate(revision), patienceMs)
    return () => clearTimeout(timer)
  }, [isFollowing, revision])
  return !isFollowing && late === revision
}
