/**
 * What the ends of a live stream say to each other. An edge leads from an output of a running job to an input of another
 * one, or to somebody who watches; the job's end of it may be in another thread, so everything is plain data and
 * elements are bytes. All of it passes through the engine (`hub.ts`), which looks at no element. SPEC S4, S11.
 */
import type { Segment, StoredOutput } from "../../store/segments.ts"

/** How much an edge may hold: of elements and of bytes. One element always fits. */
export interface Credit {
  readonly items: number
  readonly bytes: number
}

/**
 * `block`: the producer waits until there is credit. `latest`, `sample`: it never waits; of the elements that find no
 * credit (or come sooner than `sample` milliseconds after one another) only the newest stays, the others are counted.
 */
export type Policy = "block" | "latest" | { readonly sample: number }

export interface EdgeTerms {
  readonly credit: Credit
  readonly policy: Policy
  readonly fromStart: boolean
}

/** An input that is fed while its producer runs, in the place of a stored one. */
export interface LiveInput {
  readonly live: number
  readonly credit: Credit
}

/** What went along an edge, told when it ends. */
export interface EdgeTally {
  readonly elements: number
  readonly dropped: number
  /** The most that was given and not yet taken at any moment. */
  readonly peak: Credit
  /** Elements that the consumer read from the store because waiting for credit would have blocked both for ever. */
  readonly spilled: boolean
}

interface Elements {
  readonly type: "elements"
  readonly edge: number
  readonly frames: readonly Uint8Array[]
  /** The buffer that holds the frames and nothing else, when nobody else has it. */
  readonly from?: ArrayBuffer
}

interface Taken {
  readonly type: "taken"
  readonly edge: number
  readonly items: number
  readonly bytes: number
}

/** Elements before the edge was made: to be read from the store first. */
interface Replay {
  readonly type: "replay"
  readonly edge: number
  readonly segments: readonly Segment[]
}

export type FromJob =
  | Elements
  | Replay
  | Taken
  /** Consumer: ready for elements. */
  | { readonly type: "ready"; readonly edge: number }
  /** Consumer: wants no more. */
  | { readonly type: "leave"; readonly edge: number }
  /** Consumer: waits for an element after the first `received`. */
  | { readonly type: "starved"; readonly edge: number; readonly received: number }
  /** Producer: waits for credit; `acked` elements are known to have been taken. */
  | { readonly type: "blocked"; readonly edge: number; readonly acked: number }
  /** Producer: cannot give what came before. */
  | { readonly type: "refuse"; readonly edge: number }
  | { readonly type: "tally"; readonly edge: number; readonly tally: EdgeTally }

export type ToJob =
  | Elements
  | Replay
  | Taken
  /** Producer: elements of `port` go along `edge` from now on; `fromStart`: all there have been before come first. */
  | ({ readonly type: "attach"; readonly port: string; readonly edge: number } & EdgeTerms)
  | { readonly type: "detach"; readonly edge: number }
  /** Producer: give no more along the edge and do not wait for it; the consumer reads the rest from the store. */
  | { readonly type: "spill"; readonly edge: number }
  /** Consumer: the stream is whole and stored. */
  | { readonly type: "end"; readonly edge: number; readonly output: StoredOutput }
  /** Consumer: the stream will not come to its end. */
  | { readonly type: "fail"; readonly edge: number }

/** The line between a job's end and the engine. */
export interface StreamLink {
  readonly post: (message: FromJob) => void
  /** Sets who receives; messages that came before are received at once. Until then the hub keeps them, and nobody else does. */
  readonly listen: (receive: (message: ToJob) => void) => void
}
