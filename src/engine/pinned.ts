/**
 * What a pinned node shows: the contents its pin names, else what it has, else what it had when it last ran here.
 * SPEC P13.
 */
import { must } from "../base/assert.ts"
import { isStream } from "../schema/stream.ts"
import type { StoredStream } from "../store/segments.ts"
import type { Store } from "../store/store.ts"
import type { LastRun } from "./last-run.ts"
import type { NodeRecord } from "./node-record.ts"
import type { OutputBlobs } from "./transport.ts"

/** Of a stream that a pin names by its manifest: it is one, and whoever reads the manifest learns the rest. */
const unread: StoredStream = { elements: 0, size: 0, segments: [] }

const namedBy = (outputs: OutputBlobs, { node }: NodeRecord): OutputBlobs => {
  const isStreamed = (port: string): boolean => isStream(must(node.kind.outputs[port], port))
  return Object.fromEntries(Object.entries(outputs).map(([port, output]) => [port, isStreamed(port) ? { ...output, stream: unread } : output]))
}

/** Undefined for a node that is not pinned, or has nothing yet: it runs once. */
export const makePinned = (store: Store, lastOf: (record: NodeRecord) => LastRun | null) => (record: NodeRecord): OutputBlobs | undefined => {
  const pin = record.node.controls?.pin
  if (pin === undefined) return undefined
  if (pin.outputs !== undefined) return namedBy(pin.outputs as OutputBlobs, record)
  if (record.outputs !== undefined) return record.outputs
  const last = lastOf(record)
  for (const key of [last?.state === "done" ? last.key : undefined, last?.before]) {
    const found = key === undefined ? undefined : store.actions.get(key)
    if (found !== undefined) return found.outputs
  }
  return undefined
}
