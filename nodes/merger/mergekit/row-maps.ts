/**
 * Which row of a model's embedding stands for a token of the merged vocabulary. Where a model has not the token, its row is, as in mergekit:
 * what the configuration says; else the base's, if it has the token; else the mean of those that have it; zeros if nobody has. SPEC F10.
 */

/** A row of the embedding of an input of the plan. */
export interface Holder {
  readonly model: number
  readonly row: number
}

export interface ModelRows {
  /** For each row of the merged embedding one of the model's, or -1. */
  readonly rows: Int32Array
  /** For rows that are -1, whose rows stand there: their mean; none: zeros. */
  readonly fills: ReadonlyMap<number, readonly Holder[]>
}

/** How a token's row is found, where the configuration says it. */
export interface TokenRule {
  /** No rows: zeros. Undefined: as for any other token. */
  readonly from: readonly Holder[] | undefined
  /** Also in models that have the token. */
  readonly force: boolean
}

export interface Vocabularies {
  readonly ids: ReadonlyMap<string, number>
  readonly rows: number
  /** Of each input: its tokens that have a row. */
  readonly models: readonly ReadonlyMap<string, number>[]
  /** Place of the base among them. */
  readonly base: number | undefined
  /** Rows without a token are those of this embedding, as far as it goes. */
  readonly padding: { readonly model: number; readonly rows: number } | undefined
  readonly rules: ReadonlyMap<string, TokenRule>
}

export const rowMaps = ({ ids, rows: count, models, base, padding, rules }: Vocabularies): readonly ModelRows[] => {
  const holdersOf = (token: string): readonly Holder[] => {
    const baseRow = base === undefined ? undefined : models[base]?.get(token)
    if (baseRow !== undefined) return [{ model: base as number, row: baseRow }]
    return models.flatMap((of, model) => {
      const row = of.get(token)
      return row === undefined ? [] : [{ model, row }]
    })
  }
  const maps = models.map(() => ({ rows: new Int32Array(count).fill(-1), fills: new Map<number, readonly Holder[]>() }))
  const named = new Uint8Array(count)
  for (const [token, id] of ids) {
    named[id] = 1
    const rule = rules.get(token)
    let holders: readonly Holder[] | undefined
    for (const [i, { rows, fills }] of maps.entries()) {
      const row = rule?.force === true ? undefined : models[i]?.get(token)
      if (row !== undefined) rows[id] = row
      else fills.set(id, (holders ??= rule?.from ?? holdersOf(token)))
    }
  }
  if (padding !== undefined) {
    for (let id = 0; id < Math.min(count, padding.rows); id++) {
      if (named[id] === 1) continue
      const holders = [{ model: padding.model, row: id }]
      for (const [i, { rows, fills }] of maps.entries()) {
        if (i === padding.model) rows[id] = id
        else fills.set(id, holders)
      }
    }
  }
  return maps
}

/** What a map does, in numbers. */
export interface RowCounts {
  readonly own: number
  readonly filled: number
  readonly zeros: number
}

export const countRows = ({ rows, fills }: ModelRows): RowCounts => {
  const own = rows.reduce((n, row) => n + Number(row >= 0), 0)
  const filled = [...fills.values()].filter((holders) => holders.length > 0).length
  return { own, filled, zeros: rows.length - own - filled }
}
