/**
 * Provisional keys: of nodes that read streams and start, or might have started, ahead of the end of their producers. In
 * the place of the content hash of a stream stands hash(key its producer ran under, port). SPEC S6.
 */
import { must } from "../../base/assert.ts"
import { hashJson, type Hash } from "../../base/hash.ts"
import { keyOf, type KeyParts } from "../../graph/key.ts"
import type { LiveEdges } from "../../graph/live-edges.ts"
import { mapPorts, somePorts } from "../../graph/port-lists.ts"
import { isStream } from "../../schema/stream.ts"
import type { NodeRecord } from "../node-record.ts"

export const hashAhead = (producer: Hash, port: string): Hash => hashJson(["stream", producer, port])

export const readsStream = ({ node: { kind: { inputs } } }: NodeRecord): boolean => {
  for (const port in inputs) if (isStream(must(inputs[port], port).type)) return true
  return false
}

export interface KeyAheadOptions {
  readonly records: ReadonlyMap<string, NodeRecord>
  /** The edges that count, null for those not needed; undefined of a node that does not start ahead. */
  readonly edgesOf: (record: NodeRecord) => LiveEdges | undefined
  readonly partsOf: (record: NodeRecord, inputs: KeyParts["inputs"]) => KeyParts
}

/** The key under which the node was or would have been started ahead; undefined for one that reads no stream. Its sources have settled. */
export const makeKeyAhead = ({ records, edgesOf, partsOf }: KeyAheadOptions) => (record: NodeRecord): Hash | undefined => {
  if (!readsStream(record)) return undefined
  const edges = edgesOf(record)
  // Of what was set aside nobody knows what made it.
  if (edges === undefined || somePorts(edges, (ref) => ref !== null && records.get(ref.node)?.ranAs === undefined)) return undefined
  const inputs = mapPorts(edges, (ref, port) => {
    if (ref === null) return null
    const { ranAs, outputs } = must(records.get(ref.node), ref.node)
    const isStreamed = isStream(must(record.node.kind.inputs[port], port).type)
    return isStreamed ? hashAhead(must(ranAs, "key"), ref.port) : must(outputs?.[ref.port], ref.port).hash
  })
  return keyOf(partsOf(record, inputs))
}
