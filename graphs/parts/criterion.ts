/** The criteria of a study as data, written down before its first run; `judge.ts` makes nodes of them. */
/** One figure made of others, as `metric/effect` has it. */
export interface Claim {
  readonly claim: string
  readonly numerator: Readonly<Record<string, number>>
  readonly denominator?: Readonly<Record<string, number>>
  readonly bounds: { readonly above?: number; readonly below?: number }
  readonly groups?: readonly string[]
  readonly unit?: string
  /** Counted, not sampled. */
  readonly exact?: boolean
}

export interface Criterion {
  readonly claim: string
  readonly need?: "all" | "any"
  readonly of: readonly (Claim | Criterion)[]
}

export interface Part {
  readonly title: string
  readonly criteria: Readonly<Record<string, Criterion>>
}
