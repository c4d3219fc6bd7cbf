/**
 * Held-out text, chosen by document id so that a document is held out in every language or in none, a share of each
 * source. Which documents are held out depends on nothing but their ids. A paragraph is kept once: what the training
 * text holds already is not evaluated on, and boilerplate is not counted many times.
 */
import { hashBytes } from "#src"
import type { Document } from "./document.ts"

export interface Split {
  readonly train: readonly Document[]
  readonly heldOut: readonly Document[]
  /** Paragraphs dropped because an equal one of the same locale was kept before. */
  readonly dropped: { readonly train: number; readonly heldOut: number }
}

/**
 * Of each source, the `round(fraction * n)` ids with the smallest hash are held out: at least one when there are two
 * or more and `fraction` > 0, never all.
 */
export const heldOutIds = (documents: readonly Document[], fraction: number): ReadonlySet<string> => {
  const bySource = new Map<string, Set<string>>()
  for (const { source, id } of documents) bySource.set(source, (bySource.get(source) ?? new Set()).add(id))
  const chosen = [...bySource.values()].flatMap((ids) => {
    const count = fraction === 0 ? 0 : Math.max(1, Math.round(fraction * ids.size))
    const byHash = [...ids].map((id) => [hashBytes(id), id] as const).sort(([a], [b]) => (a < b ? -1 : 1))
    return byHash.slice(0, Math.min(count, ids.size - 1)).map(([, id]) => id)
  })
  return new Set(chosen)
}

/** Splits documents, keeping their order. A document whose paragraphs were all dropped is left out. */
export const splitDocuments = (documents: readonly Document[], fraction: number): Split => {
  const held = heldOutIds(documents, fraction)
  const seen = new Set<string>()
  /** Keeps the lines that no earlier document of the same locale had. */
  const unique = (part: readonly Document[]) => {
    let dropped = 0
    const kept = part.flatMap((document) => {
      const lines = document.text.split("\n")
      const fresh = lines.filter((line) => {
        const key = `${document.locale}\n${line}`
        return !seen.has(key) && seen.add(key)
      })
      dropped += lines.length - fresh.length
      return fresh.length === 0 ? [] : [{ ...document, text: fresh.join("\n") }]
    })
    return { kept, dropped }
  }
  const train = unique(documents.filter(({ id }) => !held.has(id)))
  const heldOut = unique(documents.filter(({ id }) => held.has(id)))
  return { train: train.kept, heldOut: heldOut.kept, dropped: { train: train.dropped, heldOut: heldOut.dropped } }
}
