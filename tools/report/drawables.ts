/** Reads what a node has to show from the store: every output whose port has a view. */
import * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../../src/base/hash.ts"
import type { OutputInfo } from "../../src/engine/event.ts"
import type { Node } from "../../src/graph/graph.ts"
import type { View } from "../../src/schema/port.ts"
import { isStream } from "../../src/schema/stream.ts"
import type { Drawable } from "./run-report.ts"

/** A blob's bytes, or undefined when the store no longer has it whole. */
export type ReadBlob = (hash: Hash) => Promise<Uint8Array | undefined>

/** Values of the outputs with one of `views`, in the kind's order. What cannot be read is left out. */
export const drawablesOf = async (
  node: Node,
  outputs: { readonly [port: string]: OutputInfo },
  read: ReadBlob,
  views: readonly View[] = ["curve", "metric", "sample", "picture", "table", "matrix", "verdict"],
): Promise<readonly Drawable[]> => {
  const found: Drawable[] = []
  for (const [port, type] of Object.entries(node.kind.outputs)) {
    const info = outputs[port]
    if (info === undefined || isStream(type) || type.view === "data" || !views.includes(type.view)) continue
    const bytes = await read(info.hash)
    const value = bytes === undefined ? undefined : type.decode(bytes)
    if (value !== undefined && E.isRight(value)) found.push({ view: type.view, value: value.right } as Drawable)
  }
  return found
}
