/**
 * What a running node is given besides its inputs and params. Everything that is not a function of the key comes
 * through here: a node has no clock, console, device or randomness of its own.
 */
import type { Clock } from "../base/clock.ts"
import type { Tensors } from "../base/ndarray.ts"
import type { Json } from "../base/json.ts"
import type { Random } from "../base/random.ts"
import type { Device } from "../device/device.ts"

/** Work in progress at rest: enough to go on as if never stopped. */
export interface Checkpoint {
  /** Units of work done, the scale of the kind's `extends` param. */
  readonly step: number
  readonly tensors: Tensors
  readonly meta: Json
}

export interface Checkpoints {
  /**
   * The furthest checkpoint of this node's lineage (its key without the `extends` params) at or before `step`,
   * or undefined. A damaged one counts as absent.
   */
  readonly last: (atOrBefore: number) => Promise<Checkpoint | undefined>
  /** True when so much time has passed that work should be saved now (at most 10 s between checkpoints). */
  readonly due: () => boolean
  /** Kept even when the node is killed right after. Save the end too: that is where a longer run continues. */
  readonly save: (checkpoint: Checkpoint) => Promise<void>
}

export interface Progress {
  readonly done: number
  /** Absent while nobody can know: of a stream that goes on. */
  readonly total?: number
  /** What is counted: "steps", "documents". */
  readonly unit: string
  /** A few words or figures for the line a person sees: "loss 3.21". */
  readonly note?: string
  /** Figures as of now, by the label of the axis they are drawn on: { "loss, nats per token": 3.21 }. Pages draw them as curves while the node runs. */
  readonly values?: { readonly [label: string]: number }
}

export interface RunContext {
  /** The stream of this node's seed; constant for kinds that are not `seeded`. */
  readonly random: Random
  /** Aborted when the result is no longer wanted. Check between units of work. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** The device, for kinds that are `onDevice`. Owned by the worker: do not close it; close what you compile and bind. */
  readonly device: () => Promise<Device>
  readonly progress: (progress: Progress) => void
  readonly checkpoints: Checkpoints
}

/**
 * The user's mistake or the world's, found while running: the message is shown as it stands, without a stack trace.
 * `transient` failures (a busy file, a lost connection) may be tried again.
 */
export class NodeFailure extends Error {
  override readonly name = "NodeFailure"
  readonly transient: boolean
  /** The param the failure is about, if it is about one. */
  readonly param: string | undefined
  constructor(message: string, about: { readonly transient?: boolean; readonly param?: string } = {}) {
    super(message)
    this.transient = about.transient ?? false
    this.param = about.param
  }
}
