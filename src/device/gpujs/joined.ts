/**
 * What a loop stacks, iteration by iteration. A kernel binds few buffers, so a few slices become one piece, a few of those a larger
 * one, and so on: pieces are joined as soon as there are enough, so that their buffers can be used again and there are few
 * different ones, however long the loop.
 */
import { must } from "../../base/assert.ts"
import { maxKernelArguments } from "./dialect.ts"
import type { Source } from "./plan.ts"

interface Piece {
  readonly source: Source
  readonly size: number
}

export class Joined {
  readonly #size: number
  readonly #reverse: boolean
  readonly #join: (sizes: readonly number[], parts: readonly Source[]) => Source
  /** Pieces of one slice, of as many as a kernel joins, of as many of those, ... */
  readonly #levels: Piece[][] = []

  /** `reverse`: the last slice comes first. */
  constructor(size: number, reverse: boolean, join: (sizes: readonly number[], parts: readonly Source[]) => Source) {
    this.#size = size
    this.#reverse = reverse
    this.#join = join
  }

  push(slice: Source): void {
    let piece: Piece = { source: slice, size: this.#size }
    for (let depth = 0; ; depth++) {
      const level = (this.#levels[depth] ??= [])
      level.push(piece)
      if (level.length < maxKernelArguments) return
      piece = this.#together(level.splice(0))
    }
  }

  /** All slices; undefined when there were none. */
  whole(): Source | undefined {
    // The oldest are the largest; the newest are joined first.
    let pieces = this.#levels.toReversed().flat()
    while (pieces.length > 1) pieces = [...pieces.slice(0, -maxKernelArguments), this.#together(pieces.slice(-maxKernelArguments))]
    return pieces[0]?.source
  }

  #together(pieces: readonly Piece[]): Piece {
    const ordered = this.#reverse ? pieces.toReversed() : pieces
    const size = ordered.reduce((n, piece) => n + piece.size, 0)
    return { source: this.#join(ordered.map((piece) => piece.size), ordered.map((piece) => must(piece, "piece").source)), size }
  }
}
