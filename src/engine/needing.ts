/**
 * What a node needs of what is upstream: nothing if it is off or pinned, what passes if it is bypassed, and of lazy inputs
 * what its kind asks for, by its params or, one step later, by the values of its other inputs. SPEC P11, P12.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Ref } from "../graph/graph.ts"
import { neededEdges, passingEdges, remainingEdges, strictInputs, type LiveEdges } from "../graph/live-edges.ts"
import type { Store } from "../store/store.ts"
import { makeDecodedCache } from "./decoded-cache.ts"
import type { Kind } from "./kind.ts"
import type { NodeRecord, Records } from "./node-record.ts"
import { mapPorts } from "../graph/port-lists.ts"
import { readInputs } from "./read-inputs.ts"
import type { JobResult, OutputBlobs } from "./transport.ts"

export interface Needing {
  /** Sources to settle before the node is visited; `isOpen` when it may turn out then that it needs others too. */
  readonly before: (record: NodeRecord) => { readonly sources: readonly NodeRecord[]; readonly isOpen: boolean }
  /** The edges that count, of a node that has no controls and whose params tell; undefined of others, which do not start ahead. */
  readonly ahead: (record: NodeRecord) => LiveEdges | undefined
  /** Edges that count before anything is computed: none of a node that is off or pinned; those that values may rule out are among them. */
  readonly likely: (record: NodeRecord) => LiveEdges
  /** Edges that count, null for those not needed; `reading` while values are read that decide it. Strict sources have their outputs when this is asked. */
  readonly edges: (record: NodeRecord) => LiveEdges | "reading"
  /** The edges whose contents a bypassed node has for outputs. */
  readonly passing: (record: NodeRecord) => { readonly [output: string]: Ref | undefined }
  /** Values of the inputs that are not lazy; `reading` until they have been read. */
  readonly valuesOf: (record: NodeRecord) => { readonly [port: string]: unknown } | "reading"
  readonly sourcesOf: (edges: LiveEdges) => readonly NodeRecord[]
}

export interface NeedingOptions {
  readonly records: Records
  readonly store: Store
  readonly isAnyOff: () => boolean
  readonly pinned: (record: NodeRecord) => OutputBlobs | undefined
  /** Values have been read: visit the node again. */
  readonly onRead: (record: NodeRecord) => void
  readonly onUnreadable: (record: NodeRecord, problem: Exclude<JobResult, { readonly _tag: "done" | "cancelled" }>) => void
}

/** Bytes of decoded values kept: what decides over needs is small. */
const decodedBudget = 4 * 2 ** 20

const nothing: LiveEdges = {}

export const makeNeeding = ({ records, store, isAnyOff, pinned, onRead, onUnreadable }: NeedingOptions): Needing => {
  const decoded = makeDecodedCache(decodedBudget)
  /** Values of strict inputs that decide what a node needs or becomes, with what they were read for; and what is being read. */
  const learned = new WeakMap<NodeRecord, { readonly of: string; readonly values: { readonly [port: string]: unknown } }>()
  const reading = new WeakMap<NodeRecord, string>()
  const isOff = (path: string): boolean => records.get(path)?.off !== undefined
  const remaining = ({ node }: NodeRecord) => (isAnyOff() ? remainingEdges(node, isOff) : node.inputs)
  const strict = (record: NodeRecord) => {
    const ports = strictInputs(record.node.kind)
    return Object.fromEntries(Object.entries(remaining(record)).filter(([port]) => port in ports))
  }
  const sourcesOf = (edges: LiveEdges): readonly NodeRecord[] => {
    const paths = new Set(Object.values(edges).flatMap((refs) => refs.flatMap((ref) => (ref === null ? [] : [ref.node]))))
    return [...paths].map((path) => records.get(path)).filter((source) => source !== undefined)
  }
  const passing = (record: NodeRecord) => passingEdges(record.node, remaining(record))
  /** What can be told without values; undefined when that is not enough. */
  const byParams = (record: NodeRecord): LiveEdges | undefined => {
    if (record.off !== undefined || pinned(record) !== undefined) return nothing
    if (record.node.controls?.bypass === true) return { passing: Object.values(passing(record)).flatMap((ref) => ref ?? []) }
    return neededEdges(record.node, remaining(record))
  }
  const read = async (record: NodeRecord, of: string, inputs: { readonly [port: string]: readonly OutputBlobs[string][] }): Promise<void> => {
    const { node } = record
    const values = await readInputs({ kind: { ...node.kind, inputs: strictInputs(node.kind) } as Kind, inputs }, store.blobs, decoded)
    if (reading.get(record) !== of) return
    reading.delete(record)
    if (E.isLeft(values)) return onUnreadable(record, values.left)
    learned.set(record, { of, values: values.right })
    onRead(record)
  }
  const valuesOf: Needing["valuesOf"] = (record) => {
    const inputs = mapPorts(strict(record), ({ node, port }) => records.get(node)?.outputs?.[port] as OutputBlobs[string])
    const of = JSON.stringify([record.node.kind.id, inputs])
    const known = learned.get(record)
    if (known?.of === of) return known.values
    if (reading.get(record) !== of) {
      reading.set(record, of)
      void read(record, of, inputs)
    }
    return "reading"
  }
  return {
    sourcesOf,
    valuesOf,
    passing,
    ahead: (record) => (record.node.controls === undefined && record.off === undefined ? byParams(record) : undefined),
    likely: (record) => byParams(record) ?? remaining(record),
    before: (record) => {
      const { kind, controls } = record.node
      if (kind.needs === undefined && kind.expand === undefined && controls === undefined && !isAnyOff()) return { sources: record.sources, isOpen: false }
      const edges = byParams(record)
      if (kind.expand !== undefined && controls?.bypass !== true && edges !== nothing) return { sources: sourcesOf(strict(record)), isOpen: true }
      return { sources: edges === record.node.inputs ? record.sources : sourcesOf(edges ?? strict(record)), isOpen: edges === undefined }
    },
    edges: (record) => {
      const edges = remaining(record)
      const { kind } = record.node
      // Of what only passes through, those inside have need.
      if (kind.expand !== undefined) return Object.fromEntries(Object.entries(edges).map(([port, refs]) => [port, kind.inputs[port]?.lazy === true ? refs.map(() => null) : refs]))
      if (kind.needs === undefined) return edges
      const known = neededEdges(record.node, edges)
      if (known !== undefined) return known
      const values = valuesOf(record)
      return values === "reading" ? values : (neededEdges(record.node, edges, values) ?? edges)
    },
  }
}
