/** What the engine did, as numbers that only grow: the cost contract is asserted on them. SPEC P9. */
export interface Counters {
  /** Nodes of a graph compared with those of the one before. */
  readonly compared: number
  /** Marks set: nodes that may be out of date by an edit, a change of code or a damaged blob. */
  readonly marked: number
  /** Nodes looked at while settling. */
  readonly visited: number
  readonly keysHashed: number
  /** Keys found in the action cache. */
  readonly hits: number
  /** Jobs started. */
  readonly execs: number
  /** Jobs told to stop. */
  readonly aborts: number
  /** Elements given to live edges, and those that watchers missed because they were not quick enough. */
  readonly streamed: number
  readonly dropped: number
}

/** The engine's own, to count with. */
export type Tally = { -readonly [K in keyof Counters]: Counters[K] }

export const makeTally = (): Tally => ({ compared: 0, marked: 0, visited: 0, keysHashed: 0, hits: 0, execs: 0, aborts: 0, streamed: 0, dropped: 0 })
