/**
 * How long work takes that partly waits for other work: in sum, along the longest chain, and on so many cores, with the
 * start of the longest chain first as the engine does it. SPEC R7, P6.
 */

/** `after` names those that must end before; names that are no pieces have ended. Cores 0 runs beside the others. */
export interface Piece {
  readonly name: string
  readonly ms: number
  readonly cores: number
  readonly after: readonly string[]
}

export interface Span {
  /** All of it, one after another. */
  readonly workMs: number
  /** The longest chain. */
  readonly chainMs: number
  /** On `jobs` cores, one a piece. */
  readonly wallMs: number
}

/** Every piece comes after those it waits for. */
export const spanOf = (pieces: readonly Piece[], jobs: number): Span => {
  const chain = new Map<string, number>()
  const next = new Map<string, Piece[]>()
  const waiting = new Map<string, number>()
  const known = new Set(pieces.map(({ name }) => name))
  for (const piece of pieces) {
    const after = piece.after.filter((name) => known.has(name))
    waiting.set(piece.name, after.length)
    for (const name of after) next.set(name, [...(next.get(name) ?? []), piece])
  }
  for (const piece of [...pieces].reverse()) chain.set(piece.name, piece.ms + (next.get(piece.name) ?? []).reduce((most, { name }) => Math.max(most, chain.get(name) ?? 0), 0))
  const length = ({ name }: Piece): number => chain.get(name) ?? 0
  const ready: Piece[] = []
  /** The next to end comes last. */
  const running: { readonly piece: Piece; readonly ends: number }[] = []
  let free = jobs
  let now = 0
  const begin = (piece: Piece): void => {
    if (piece.cores > 0) free--
    insert(running, { piece, ends: now + piece.ms }, ({ ends }) => -ends)
  }
  const arrive = (piece: Piece): void => (piece.cores === 0 ? begin(piece) : insert(ready, piece, length))
  for (const piece of pieces) if (waiting.get(piece.name) === 0) arrive(piece)
  for (;;) {
    for (let piece = free > 0 ? ready.pop() : undefined; piece !== undefined; piece = free > 0 ? ready.pop() : undefined) begin(piece)
    const ended = running.pop()
    if (ended === undefined) break
    now = ended.ends
    if (ended.piece.cores > 0) free++
    for (const piece of next.get(ended.piece.name) ?? []) {
      const left = (waiting.get(piece.name) ?? 1) - 1
      waiting.set(piece.name, left)
      if (left === 0) arrive(piece)
    }
  }
  return { workMs: pieces.reduce((sum, { ms }) => sum + ms, 0), chainMs: pieces.reduce((most, piece) => Math.max(most, length(piece)), 0), wallMs: now }
}

/** Into a list that is sorted by `by`, ascending. */
const insert = <A>(list: A[], item: A, by: (item: A) => number): void => {
  const value = by(item)
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (by(list[middle] as A) <= value) low = middle + 1
    else high = middle
  }
  list.splice(low, 0, item)
}
