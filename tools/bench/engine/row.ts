/** A row of the engine's bench: something it does, measured, beside peers that do the same and a bar. */
export interface Finding {
  readonly work: string
  /** What was measured here, with its unit. */
  readonly here: string
  /** Who else did it, how long that took, and how many times longer than here. */
  readonly than?: { readonly peer: string; readonly figure: string; readonly times: number }
  readonly bar?: { readonly text: string; readonly isMet: boolean }
}

export interface Place {
  /** The top of the tree. */
  readonly root: string
  /** An empty folder that is removed at the end. */
  readonly folder: string
  /** Something could not be measured, and why. */
  readonly notice: (line: string) => void
}

export interface Row {
  readonly name: string
  readonly measure: (place: Place) => Promise<readonly Finding[]>
}
