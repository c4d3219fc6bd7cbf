/** A shared state with nothing in it, and the status of a node that has not begun. */
import type { LiveState } from "../../../src/live/protocol.ts"
import type { NodeStatus } from "../../../src/live/protocol/status.ts"

export const aStatus: NodeStatus = {
  phase: "waiting", revision: 0, isFresh: false, why: null, message: null, param: null, progress: null, startedAt: null, expectedMs: null, ms: null, headline: null, headlineRevision: 0, outputs: {},
}

export const emptyState: LiveState = {
  graph: { name: "empty", file: "empty.ts", params: [], seed: "0", device: null, order: [] },
  nodes: {},
  statuses: {},
  flows: {},
  file: { file: "empty.ts", problems: [], loadedAt: 0 },
  overlay: { file: "empty.overlay.json", changes: [], problems: [] },
  history: { undo: [], redo: [] },
  engine: { mode: "live", isBusy: false, revision: 0, phases: {}, jobs: 1, executed: 0, cancelled: 0, superseded: 0, settledMs: null, pages: 0, startedAt: 0 },
}
