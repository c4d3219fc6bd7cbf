/**
 * What the engine tells the world: one stream of plain values, from which every surface (terminal, JSON lines, page,
 * tests) is drawn. SPEC R5.
 */
import type { Hash } from "../base/hash.ts"
import type { Json } from "../base/json.ts"
import type { Progress } from "./context.ts"
import type { EdgeTally } from "./stream/message.ts"

/** Why a node ran: the first part of its key that differs from its previous run, followed back to the edit. */
export type Why =
  | { readonly _tag: "New" }
  /** `files`: which of the sources changed, from the nearest package.json, and packages; absent when that is not known. */
  | { readonly _tag: "Code"; readonly files?: readonly string[] }
  | { readonly _tag: "Param"; readonly param: string; readonly from: Json; readonly to: Json }
  | { readonly _tag: "Seed" }
  | { readonly _tag: "Device"; readonly from: string; readonly to: string }
  | { readonly _tag: "File"; readonly file: string }
  /** The edge leads elsewhere: `node.port` then and now, null where there was or is none. */
  | { readonly _tag: "Rewired"; readonly port: string; readonly from: string | null; readonly to: string | null }
  | { readonly _tag: "Input"; readonly port: string; readonly node: string; readonly cause: Why | undefined }
  | { readonly _tag: "Evicted"; readonly reason: string }
  | { readonly _tag: "PreviousFailed" }
  /** The kind is volatile, and this is another revision or another slot of time. */
  | { readonly _tag: "Volatile" }
  /** A person asked for it. */
  | { readonly _tag: "Forced" }
  | { readonly _tag: "Resumed"; readonly step: number; readonly of: Why }

export interface OutputInfo {
  readonly hash: Hash
  readonly bytes: number
}

/** How a node ended in this revision. */
export type Outcome =
  | { readonly state: "ran"; readonly why: Why; readonly ms: number; readonly key: Hash; readonly outputs: { readonly [port: string]: OutputInfo } }
  | { readonly state: "reused"; readonly ms: number; readonly key: Hash; readonly outputs: { readonly [port: string]: OutputInfo } }
  | { readonly state: "failed"; readonly why: Why; readonly ms: number; readonly key: Hash; readonly message: string; readonly param?: string; readonly stack?: string }
  | { readonly state: "blocked"; readonly cause: string }
  /** Did not run: its outputs are pinned, those of a source, or those of the nodes inside it. */
  | { readonly state: "held"; readonly by: "pin" | "bypass" | "expansion"; readonly reason?: string; readonly outputs: { readonly [port: string]: OutputInfo } }
  /** Waits until the gate of the node `cause` is opened. */
  | { readonly state: "gated"; readonly cause: string }
  /** Off, because the node `cause` is disabled. */
  | { readonly state: "off"; readonly cause: string }
  | { readonly state: "cancelled" }

export type EngineEvent =
  | { readonly type: "revision"; readonly revision: number; readonly nodes: number }
  | { readonly type: "started"; readonly revision: number; readonly node: string; readonly key: Hash; readonly why: Why; readonly expectedMs?: number }
  | { readonly type: "progress"; readonly revision: number; readonly node: string; readonly progress: Progress }
  | { readonly type: "partial"; readonly revision: number; readonly node: string; readonly outputs: { readonly [port: string]: OutputInfo } }
  /** A live edge ended: how many elements went along it to the node `to` (or a watcher), and the most it held. */
  | ({ readonly type: "streamed"; readonly revision: number; readonly node: string; readonly port: string; readonly to?: string } & EdgeTally)
  | { readonly type: "outcome"; readonly revision: number; readonly node: string; readonly outcome: Outcome }
  /** A key gave a second, different result; the first stays. */
  | { readonly type: "nondeterminism"; readonly revision: number; readonly node: string; readonly key: Hash; readonly first: { readonly [port: string]: OutputInfo }; readonly second: { readonly [port: string]: OutputInfo } }
  | { readonly type: "settled"; readonly revision: number; readonly summary: Summary }

export interface Summary {
  readonly ran: number
  readonly reused: number
  readonly failed: number
  readonly blocked: number
  /** Pinned or bypassed. */
  readonly held: number
  /** Nodes that became others, which count by themselves. */
  readonly expanded: number
  readonly gated: number
  readonly off: number
  readonly cancelled: number
  readonly ms: number
}
