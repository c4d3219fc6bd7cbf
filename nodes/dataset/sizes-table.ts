/** The sizes of a split corpus as a table for reports. */
import type { Table } from "#src"
import type { Split } from "./split.ts"
import { textSizes } from "./text-size.ts"

/** Documents and characters of both parts by language and source, and how many repeated paragraphs were left out. */
export const sizesTable = (split: Split): Table => ({
  title: "Text",
  columns: ["part", "language", "source", "documents", "characters"],
  rows: (["train", "heldOut"] as const).flatMap((part) => {
    const name = part === "train" ? "training" : "held out"
    return [
      ...textSizes(split[part]).map(({ locale, source, documents, characters }) => [name, locale, source, documents, characters]),
      [`${name}, repeated paragraphs left out`, "", "", "", split.dropped[part]],
    ]
  }),
})
