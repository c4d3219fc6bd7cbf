/**
 * What mergekit does to tensors before it calculates, for `compat`: it rounds them to the configuration's `dtype`, and embeddings of different
 * lengths it cuts, without a tokenizer, to the rows all of them have, or, of methods on differences from a base, the base's. Row k of one
 * model need not be the token of row k of another.
 */
import type { StoredDtype } from "#src"
import type { Source } from "../checkpoint/merge-plan.ts"
import type { Mergekit } from "../methods.ts"

interface About {
  /** The configuration's, as it is stored. */
  readonly dtype: StoredDtype | undefined
  readonly isVocabulary: boolean
  readonly lengths: Mergekit["lengths"]
}

/** The sources, and the base, as mergekit takes them. */
export const compatSources = (sources: readonly Source[], base: Source | undefined, { dtype, isVocabulary, lengths }: About): readonly [sources: readonly Source[], base: Source | undefined] => {
  const rowsOf = ({ place, rows }: Source): number => rows?.rows.length ?? place.shape[0] ?? 0
  const counted = lengths === "base" && base !== undefined ? [base] : [...sources, ...(base === undefined ? [] : [base])]
  const rows = isVocabulary && lengths !== undefined ? Math.min(...counted.map(rowsOf)) : Infinity
  const taken = (source: Source): Source => cast(rowsOf(source) <= rows ? source : firstRows(source, rows), dtype)
  return [sources.map(taken), base === undefined ? undefined : taken(base)]
}

const firstRows = (source: Source, rows: number): Source => ({
  ...source,
  rows: { rows: source.rows?.rows.slice(0, rows) ?? Int32Array.from({ length: rows }, (_, row) => row), fills: source.rows?.fills ?? new Map() },
})

const cast = (source: Source, dtype: StoredDtype | undefined): Source =>
  (dtype === "F32" || dtype === "F16" || dtype === "BF16") && source.place.dtype !== dtype ? { ...source, cast: dtype } : source
