/** What every data set of text gives: a training part, a held-out part and their sizes, from documents and two params. */
import { integer, NodeFailure, real, stream, tablePort, type Table } from "#src"
import { cutDocuments, documents as documentsPort, type Documents } from "../port/documents.ts"
import type { Document } from "./document.ts"
import { limitDocuments } from "./limit-documents.ts"
import { sizesTable } from "./sizes-table.ts"
import { splitDocuments } from "./split.ts"

/** Of every data set of text. */
export const corpusParams = {
  heldOut: real({ min: 0, max: 0.5, default: 0.1, doc: "Share of the documents of each source that is never trained on" }),
  limit: integer({ min: 0, max: 1e9, default: 0, doc: "Characters of each language kept in each part, in whole documents; 0 for all" }),
}

/** Outputs of every data set of text. */
export const corpusPorts = { train: stream(documentsPort), heldOut: stream(documentsPort), sizes: tablePort }

/** Splits, then limits each part, and gives them. Fails when a part would be empty although text was asked for. */
export const corpusOutputs = function* (
  documents: readonly Document[],
  params: { readonly heldOut: number; readonly limit: number },
): Generator<{ readonly train?: Documents; readonly heldOut?: Documents }, { readonly sizes: Table }> {
  const split = splitDocuments(documents, params.heldOut)
  if (params.heldOut > 0 && split.heldOut.length === 0) {
    const ids = new Set(documents.map(({ id }) => id)).size
    const message = `no document can be held out: expected two or more documents with text of their own, got ${ids} in all`
    throw new NodeFailure(message, { param: "heldOut" })
  }
  const train = limitDocuments(split.train, params.limit)
  const heldOut = limitDocuments(split.heldOut, params.limit)
  // The small part first: what it is measured on need not wait for what it is trained on.
  for (const element of cutDocuments(heldOut)) yield { heldOut: element }
  for (const element of cutDocuments(train)) yield { train: element }
  return { sizes: sizesTable({ train, heldOut, dropped: split.dropped }) }
}
