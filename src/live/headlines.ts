/**
 * What the cards show of results: of each node the newest that was read, with the revision it is of. Reading waits for
 * nobody, and what is shown only ever becomes newer: while a knob is dragged, results that newer values have replaced
 * are shown as well. SPEC L3, L5.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../base/hash.ts"
import type { NodeState } from "../engine/node-state.ts"
import type { Node } from "../graph/graph.ts"
import type { StoredOutput } from "../store/segments.ts"
import { headlineOf, headlinePort } from "./headline.ts"
import type { OutputValues } from "./output-values.ts"
import type { Headline } from "./protocol/status.ts"

export interface Shown {
  readonly headline: Headline | null
  /** The revision whose result it is. */
  readonly revision: number
  /** It is of the outputs that the node has; else those are being read. */
  readonly isNewest: boolean
}

export interface Headlines {
  /** Of the outputs the node has, or of older ones until those are read. */
  readonly of: (node: Node, state: NodeState) => Shown
  readonly isReading: () => boolean
  readonly forget: (path: string) => void
}

interface Kept {
  readonly hash: Hash
  readonly headline: Headline | null
  readonly revision: number
}

interface Wanted {
  readonly port: string
  readonly output: StoredOutput
  readonly revision: number
}

/** `onRead`: a node's headline is a newer one. */
export const makeHeadlines = (values: OutputValues, onRead: (path: string) => void): Headlines => {
  const kept = new Map<string, Kept>()
  /** At most one a node: what is wanted meanwhile is read after it, the newest only. */
  const reading = new Map<string, { next: Wanted | undefined }>()

  const keep = (path: string, { output: { hash }, revision }: Wanted, headline: Headline | null): void => {
    if (revision >= (kept.get(path)?.revision ?? 0)) kept.set(path, { hash, headline, revision })
  }
  const readNow = ({ path, kind }: Node, wanted: Wanted): boolean => {
    const type = kind.outputs[wanted.port]
    const value = type === undefined ? undefined : values.now(type, wanted.output)
    const headline = type === undefined || value === undefined ? undefined : headlineOf(type.view, value)
    if (headline !== undefined) keep(path, wanted, headline)
    return headline !== undefined
  }
  const readLater = async (node: Node, wanted: Wanted): Promise<void> => {
    const { path, kind } = node
    const under = reading.get(path)
    if (under !== undefined) return void (under.next = wanted)
    const type = kind.outputs[wanted.port]
    if (type === undefined) return
    const own: { next: Wanted | undefined } = { next: undefined }
    reading.set(path, own)
    const value = await values.read(type, wanted.output)
    // Gone meanwhile.
    if (reading.get(path) !== own) return
    reading.delete(path)
    keep(path, wanted, E.isRight(value) ? (headlineOf(type.view, value.right) ?? null) : { _tag: "text", title: wanted.port, text: value.left })
    if (own.next !== undefined && own.next.output.hash !== wanted.output.hash) void readLater(node, own.next)
    onRead(path)
  }
  return {
    of: (node, { outputs, revision }) => {
      const { path } = node
      const port = headlinePort(node)
      const output = port === undefined ? undefined : outputs?.[port]
      const shown = (isNewest: boolean): Shown => ({ headline: kept.get(path)?.headline ?? null, revision: kept.get(path)?.revision ?? 0, isNewest })
      if (port === undefined) return { headline: null, revision, isNewest: true }
      if (output === undefined) return shown(true)
      const old = kept.get(path)
      const wanted: Wanted = { port, output, revision }
      if (old?.hash === output.hash) keep(path, wanted, old.headline)
      else if (!readNow(node, wanted)) void readLater(node, wanted)
      return shown(kept.get(path)?.hash === output.hash)
    },
    isReading: () => reading.size > 0,
    forget: (path) => {
      kept.delete(path)
      reading.delete(path)
    },
  }
}
