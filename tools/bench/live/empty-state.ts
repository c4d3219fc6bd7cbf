/** A shared state before the first message. */
import type { LiveState } from "../../../src/live/protocol.ts"

export const emptyState: LiveState = {
  graph: { name: "", file: "", params: [], seed: "", device: null, order: [] },
  nodes: {},
  statuses: {},
  flows: {},
  file: { file: "", problems: [], loadedAt: 0 },
  overlay: { file: "", changes: [], problems: [] },
  history: { undo: [], redo: [] },
  engine: { mode: "live", isBusy: true, revision: 0, phases: {}, jobs: 0, executed: 0, cancelled: 0, superseded: 0, settledMs: null, pages: 0, startedAt: 0 },
}
