/**
 * The keys of a node whose sources are known, and what the store has under them. Settling asks this to act, a forecast to
 * tell what settling would do; both get the same answer because it is given here. SPEC K1, P2, R6, S6.
 */
import { must } from "../base/assert.ts"
import { hashJson, type Hash } from "../base/hash.ts"
import type { Ref } from "../graph/graph.ts"
import { keyParts, makeKeyOf, type KeyParts } from "../graph/key.ts"
import type { LiveEdges } from "../graph/live-edges.ts"
import { equalPorts, mapPorts, type PortLists } from "../graph/port-lists.ts"
import type { Action } from "../store/actions.ts"
import { isStream } from "../schema/stream.ts"
import { blobsOf, type StoredOutput } from "../store/segments.ts"
import type { Store } from "../store/store.ts"
import type { Tally } from "./counters.ts"
import type { Environment } from "./environment.ts"
import { sourceAt, type NodeRecord, type Records } from "./node-record.ts"

export type InputBlobs = PortLists<StoredOutput | null>

const hashOf = (input: StoredOutput | null): Hash | null => input && input.hash

export interface Keying {
  /** What an edge carries. Its source has its outputs when this is asked. */
  readonly outputOf: (ref: Ref) => StoredOutput
  /** The parts of the key of `record` when these are the contents of its inputs. */
  readonly partsWith: (inputs: KeyParts["inputs"], record: NodeRecord) => KeyParts
  /**
   * Those of the provisional key of a node that reads streams: hash(provisional key of the producer, port) stands for the
   * content of each, so they are known before the stream is, and are the same in every process, whenever a node starts
   * there. Its other sources have their outputs when this is asked.
   */
  readonly partsAhead: (edges: LiveEdges, record: NodeRecord) => KeyParts
  /** What the edges of `record` carry, null where they do not count. */
  readonly inputsOf: (record: NodeRecord, edges: LiveEdges) => InputBlobs
  /** The key of `record` as things are, with what the edges that count carry, kept on it with its parts and the provisional key; hashed only when one of them may be another one. */
  readonly decideKey: (record: NodeRecord, edges: LiveEdges, inputs: InputBlobs) => Hash
}

export const makeKeying = (records: Records, environment: Environment, tally: Tally): Keying => {
  const keyOf = makeKeyOf()
  const outputOf = ({ node, port }: Ref): StoredOutput => must(records.get(node)?.outputs?.[port], port)
  const partsWith: Keying["partsWith"] = (inputs, { node, files, kindNow }) => {
    const deviceFamily = node.kind.onDevice === true ? environment.deviceFamily() : ""
    return keyParts(node, { code: kindNow?.code ?? "", seed: environment.seed(), deviceFamily, files, inputs, slot: kindNow?.slot })
  }
  const partsAhead: Keying["partsAhead"] = (edges, record) => {
    tally.keysHashed++
    const inputs = mapPorts(edges, (ref, port) => {
      const source = ref === null ? undefined : records.get(ref.node)
      // What a node shows that was set aside was made by others: only its content tells what it is.
      if (ref === null || source?.keyAhead === undefined || !isStream(must(record.node.kind.inputs[port], port).type)) return hashOf(ref && outputOf(ref))
      return hashJson(["stream", source.keyAhead, ref.port])
    })
    return partsWith(inputs, record)
  }
  const finalKey: Keying["decideKey"] = (record, edges, given) => {
    const inputs = mapPorts(given, hashOf)
    record.edges = edges
    if (record.mark === "check" && record.parts !== undefined && record.key !== undefined && equalPorts(record.parts.inputs, inputs, (a, b) => a === b)) return record.key
    tally.keysHashed++
    record.parts = partsWith(inputs, record)
    record.key = keyOf(record.parts)
    return record.key
  }
  return {
    outputOf,
    partsWith,
    partsAhead,
    inputsOf: (record, edges) => mapPorts(edges, (ref) => ref && must(sourceAt(records, record, ref.node)?.outputs?.[ref.port], ref.port)),
    decideKey: (record, edges, given) => {
      const key = finalKey(record, edges, given)
      record.keyAhead = record.kindNow?.readsStreams === true ? keyOf(partsAhead(edges, record)) : key
      return key
    },
  }
}

/**
 * Whether a result is good as it is. Known by its hashes it is good enough for whatever follows: bytes that are gone are
 * made again when a node that runs reads them. Not so those of an output of `node` that is wanted from outside.
 */
export const isComplete = (store: Store, { outputs }: Action, node: string, isWanted: (output: Ref) => boolean): boolean => {
  for (const port in outputs) if (isWanted({ node, port }) && !isWhole(store, must(outputs[port], port))) return false
  return true
}

/** Whether all that an output consists of is there, as far as a look at sizes can tell. */
export const isWhole = (store: Store, output: StoredOutput): boolean => {
  const { stream } = output
  const isKept = stream === undefined || stream.elements === 0 || stream.segments.length > 0
  return isKept && blobsOf(output).every((blob) => store.blobs.has(blob))
}

/** Why a result that is not complete has to be made again. */
export const incomplete = "its bytes are no longer in the store"
