/** What each revision of this session came to: its graph and the results nodes had, for comparing and going back in time. SPEC L6. */
import type { Graph } from "../graph/graph.ts"
import type { OutputBlobs } from "../engine/transport.ts"

export interface RevisionMoment {
  readonly revision: number
  readonly label: string
  readonly at: number
  readonly graph: Graph
  /** By node; of nodes that were clean when the next revision came. */
  readonly outputs: ReadonlyMap<string, OutputBlobs>
}

export interface Moments {
  /** A new revision; one of the same gesture takes the place of the last. */
  readonly add: (moment: Omit<RevisionMoment, "outputs">, gesture: string | null) => void
  /** What the newest revision has come to so far. */
  readonly capture: (outputsOf: (path: string) => OutputBlobs | undefined) => void
  /** The newest first. */
  readonly all: () => readonly RevisionMoment[]
  readonly of: (revision: number) => RevisionMoment | undefined
}

const most = 100

export const makeMoments = (): Moments => {
  const kept: RevisionMoment[] = []
  let last: string | null = null
  return {
    add: (moment, gesture) => {
      const newest = kept[0]
      if (newest?.revision === moment.revision || (gesture !== null && gesture === last)) kept.shift()
      kept.unshift({ ...moment, outputs: newest?.revision === moment.revision ? newest.outputs : new Map() })
      if (kept.length > most) kept.pop()
      last = gesture
    },
    capture: (outputsOf) => {
      const newest = kept[0]
      if (newest === undefined) return
      const outputs = new Map<string, OutputBlobs>()
      for (const path of newest.graph.nodes.keys()) {
        const found = outputsOf(path)
        if (found !== undefined) outputs.set(path, found)
      }
      kept[0] = { ...newest, outputs }
    },
    all: () => kept,
    of: (revision) => kept.find((one) => one.revision === revision),
  }
}
