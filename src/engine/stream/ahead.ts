/**
 * Nodes that start ahead of the end of their producers. While a node runs that gives a stream, each consumer of it whose
 * other sources have settled, or stream too, is started under its provisional key (`keying.ts`), if there is a core for it
 * that no other ready node wants. Once the producer has ended the node is visited like any other, and takes what was
 * begun. SPEC S5, S6.
 */
import { must } from "../../base/assert.ts"
import type { Hash } from "../../base/hash.ts"
import type { Ref } from "../../graph/graph.ts"
import type { LiveEdges } from "../../graph/live-edges.ts"
import { keyOf } from "../../graph/key.ts"
import { isStream } from "../../schema/stream.ts"
import type { Work } from "../attempt.ts"
import type { Keying } from "../keying.ts"
import type { NodeRecord, Records } from "../node-record.ts"
import { mapPorts, somePorts } from "../../graph/port-lists.ts"
import type { StoredOutput } from "../../store/segments.ts"
import type { Job } from "../transport.ts"
import { outputsOf } from "../why-not.ts"
import type { Hub } from "./hub.ts"
import type { LiveInput } from "./message.ts"

export interface Ahead {
  /** Starts whatever may be started. */
  readonly admit: () => void
  /** Whether work that the present plan has not decided on yet is wanted all the same. */
  readonly isCertain: (record: NodeRecord) => boolean
  /** Work under this provisional key ended without a result: the node waits for the end of its producers. */
  readonly decline: (key: Hash) => void
  /** Who will want the streams of a node that is about to run. */
  readonly demandOf: (record: NodeRecord) => Job["demand"]
  /** A new plan: what was certain is so no longer. */
  readonly renew: () => void
  /** Nobody waits any more. */
  readonly rest: () => void
}

export interface AheadOptions extends Pick<Keying, "partsAhead"> {
  readonly records: Records
  readonly hub: Hub
  /** The edges that count, null for those not needed; undefined of a node that does not start ahead. */
  readonly edgesOf: (record: NodeRecord) => LiveEdges | undefined
  readonly isPending: (record: NodeRecord) => boolean
  /** Whether there is anything under the key, good or bad, or the node cannot run at all. */
  readonly isKnown: (record: NodeRecord, key: Hash) => boolean
  readonly workOf: (record: NodeRecord, inputs: Job["inputs"]) => Work
  readonly freeCores: () => number
  /** Nodes that want what runs under the key. */
  readonly demandersOf: (key: Hash) => Iterable<NodeRecord>
  /** Gives up what the record waits for, if anything, and starts the work now. */
  readonly start: (record: NodeRecord, work: Work) => void
}

/** Where one edge of a node that may start is read from: an output of a running job, or what is stored. */
type Source = { readonly live: Hash; readonly port: string } | StoredOutput

const isLive = (source: Source | null | undefined): source is Extract<Source, { readonly live: Hash }> => source !== null && source !== undefined && "live" in source

export const makeAhead = (options: AheadOptions): Ahead => {
  const { hub, records, isPending, edgesOf } = options
  const certain = new Set<NodeRecord>()
  const declined = new Set<Hash>()

  const isCertain = (record: NodeRecord): boolean => record.decided || certain.has(record)
  /** Undefined while it can be read from neither. */
  const sourceOf = (record: NodeRecord, input: string, { node, port }: Ref): Source | undefined => {
    const source = must(records.get(node), node)
    if (!isPending(source)) return outputsOf(source.outcome)?.[port]
    const { awaited } = source
    const isStreamed = isStream(must(record.node.kind.inputs[input], input).type)
    return isStreamed && awaited !== undefined && isCertain(source) && hub.isRunning(awaited) ? { live: awaited, port } : undefined
  }
  const consider = (record: NodeRecord): void => {
    if (!isPending(record) || isCertain(record) || record.kindNow?.readsStreams !== true) return
    const edges = edgesOf(record)
    if (edges === undefined) return
    const sources = mapPorts(edges, (ref, port) => (ref === null ? null : sourceOf(record, port, ref)))
    if (somePorts(sources, (source) => source === undefined) || !somePorts(sources, isLive)) return
    const parts = options.partsAhead(edges, record)
    const key = keyOf(parts)
    if (record.awaited === key) {
      record.keyAhead = key
      return void certain.add(record)
    }
    if (declined.has(key) || options.isKnown(record, key)) return
    // What uses more than cores waits its turn.
    if (record.node.kind.uses !== undefined || (record.node.kind.cores !== 0 && options.freeCores() < 1)) return
    record.parts = parts
    record.key = record.keyAhead = key
    record.edges = edges
    certain.add(record)
    const open = (source: Source): StoredOutput | LiveInput => (isLive(source) ? hub.connect(source.live, source.port, key) : source)
    // Another node that is the same may be running it already.
    const inputs = hub.isRunning(key) ? {} : mapPorts(sources, (source) => (source ? open(source) : null))
    options.start(record, options.workOf(record, inputs))
  }
  return {
    isCertain,
    admit: () => {
      for (const key of hub.running()) for (const producer of options.demandersOf(key)) for (const dependant of producer.dependants) consider(dependant)
    },
    decline: (key) => void declined.add(key),
    demandOf: (record) => {
      const demand: Record<string, { keep: boolean; expects: number }> = {}
      for (const [port, type] of Object.entries(record.node.kind.outputs)) if (isStream(type)) demand[port] = { keep: type.kept, expects: 0 }
      for (const dependant of record.dependants) {
        if (!isPending(dependant)) continue
        const edges = edgesOf(dependant)
        for (const [input, refs] of Object.entries(edges ?? dependant.node.inputs)) {
          for (const ref of refs) {
            const wanted = ref?.node === record.path ? demand[ref.port] : undefined
            if (wanted === undefined) continue
            if (edges !== undefined && isStream(must(dependant.node.kind.inputs[input], input).type)) wanted.expects++
            else wanted.keep = true
          }
        }
      }
      return demand
    },
    renew: () => certain.clear(),
    rest: () => declined.clear(),
  }
}
