/** What the process that is killed says, a line each. */
import type { Hash } from "../../src/base/hash.ts"

export type ChildLine =
  /** The graph is loaded; the store is opened next. */
  | { readonly type: "ready" }
  | { readonly type: "started"; readonly key: Hash }
  | { readonly type: "step"; readonly key: Hash; readonly step: number }
  /** A kill can no longer undo it. */
  | { readonly type: "checkpoint"; readonly key: Hash; readonly step: number }
  | { readonly type: "outcome"; readonly node: string; readonly state: "ran" | "reused"; readonly key: Hash; readonly outputs: { readonly [port: string]: Hash } }
