/** How far a merge is. It may do one thing after another: each is told from its beginning to its end. */
export interface MergeProgress {
  /** Of models that nothing but their contents tells apart, what is read of them; of what is measured over whole models, what is read of them, each time; of the result, what is written. */
  readonly what: "compared" | "measured" | "written"
  /** Bytes. */
  readonly done: number
  readonly total: number
}

export type TellProgress = (progress: MergeProgress) => void
