/**
 * How a node ends without being computed: by a control of its own, or by how a source that it needs ended.
 * SPEC E2, P12-P14.
 */
import { hashJson } from "../base/hash.ts"
import type { Controls } from "../graph/controls.ts"
import type { Ref } from "../graph/graph.ts"
import type { BlobInfo } from "../store/blobs.ts"
import type { Outcome } from "./event.ts"
import type { NodeRecord } from "./node-record.ts"
import type { OutputBlobs } from "./transport.ts"

/** How a node may end without being computed. */
export type Aside = Exclude<Outcome, { readonly state: "ran" | "reused" }>

export interface Upstream {
  readonly pinned: (record: NodeRecord) => OutputBlobs | undefined
  readonly passing: (record: NodeRecord) => { readonly [output: string]: Ref | undefined }
  /** Undefined of what is not made yet; what is settled has all its outputs. */
  readonly outputOf: (ref: Ref) => BlobInfo | undefined
  readonly has: (blob: BlobInfo) => boolean
}

/** Blocked or gated by a source that the node needs; each names the node where it began. */
export const blockedBy = ({ needed }: NodeRecord): Aside | undefined => {
  let gated: Aside | undefined
  for (const { path, outcome } of needed) {
    if (outcome?.state === "failed") return { state: "blocked", cause: path }
    if (outcome?.state === "blocked") return outcome
    if (outcome?.state === "gated") gated = outcome
  }
  return gated
}

/** Undefined for a node that is to be computed. The sources it needs before that are settled. */
export const endedBeforehand = (record: NodeRecord, { pinned, passing, outputOf, has }: Upstream): Aside | undefined => {
  const { path, node: { controls } } = record
  if (record.off !== undefined) return { state: "off", cause: record.off }
  if (controls !== undefined) {
    const outputs = pinned(record)
    if (outputs !== undefined) return heldBy(outputs, controls.pin, has)
  }
  const blocked = blockedBy(record)
  if (blocked !== undefined) return blocked
  if (controls?.bypass === true) {
    const outputs = Object.fromEntries(Object.entries(passing(record)).flatMap(([output, ref]) => {
      const blob = ref && outputOf(ref)
      return blob === undefined ? [] : [[output, blob]]
    }))
    return { state: "held", by: "bypass", outputs }
  }
  return controls?.gate === "closed" ? { state: "gated", cause: path } : undefined
}

const heldBy = (outputs: OutputBlobs, pin: Controls["pin"], has: Upstream["has"]): Aside => {
  // What a pin names may never have been here.
  const gone = pin?.outputs === undefined ? undefined : Object.entries(outputs).find(([, blob]) => !has(blob))
  const reason = pin?.reason
  if (gone === undefined) return { state: "held", by: "pin", ...(reason === undefined ? {} : { reason }), outputs }
  const [port, { hash }] = gone
  return { state: "failed", why: { _tag: "New" }, ms: 0, key: hashJson(["pin", hash]), message: `output ${port} is pinned to ${hash}, which is not in the store` }
}
