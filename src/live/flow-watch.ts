/**
 * What flows along the edges: dtype, shape and bytes of each output, and the pace of streams. Looked at when a node has
 * been quiet for a moment, for it means reading outputs. SPEC L3.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Clock } from "../base/clock.ts"
import type { Hash } from "../base/hash.ts"
import type { Engine } from "../engine/engine.ts"
import { isStream } from "../schema/stream.ts"
import type { StoredOutput } from "../store/segments.ts"
import type { Board } from "./board.ts"
import { shapeOfBytes, shapeOfType, type Shape } from "./flow.ts"
import type { OutputValues } from "./output-values.ts"

export interface FlowWatch {
  /** The node may have other outputs. */
  readonly touch: (path: string) => void
  /** `seconds`: since the node began. */
  readonly streamed: (path: string, port: string, elements: number, dropped: number, seconds: number) => void
  readonly forget: (path: string) => void
  readonly close: () => void
}

/** Edges are told of when nothing has changed for so long, and at the latest after so long. */
const quietMs = 150
const latestMs = 1_000
/** What took less has no pace that anybody could look at. */
const leastSeconds = 0.5
const mostShapeBytes = 64 * 2 ** 20

export const makeFlowWatch = ({ engine, board, values, clock }: { readonly engine: Engine; readonly board: Board; readonly values: OutputValues; readonly clock: Clock }): FlowWatch => {
  const shapes = new Map<string, { readonly hash: Hash; readonly shape: Shape }>()
  const streams = new Map<string, { readonly elements: number; readonly dropped: number; readonly perSecond: number | null }>()
  let due = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let since: number | undefined
  let isClosed = false

  const touch = (path: string): void => {
    due.add(path)
    const now = clock.now()
    since ??= now
    if (timer !== undefined && now - since > latestMs) return
    clearTimeout(timer)
    timer = setTimeout(look, quietMs)
    timer.unref()
  }
  const look = (): void => {
    const paths = due
    due = new Set()
    timer = since = undefined
    for (const path of paths) for (const [port, output] of Object.entries(engine.state(path).outputs ?? {})) void lookAt(path, port, output)
  }
  const lookAt = async (path: string, port: string, output: StoredOutput): Promise<void> => {
    const type = engine.node(path)?.kind.outputs[port]
    if (type === undefined || isClosed) return
    const key = `${path}.${port}`
    let known = shapes.get(key)
    if (known?.hash !== output.hash) {
      const read = output.bytes > mostShapeBytes ? E.left("too much to look into") : await values.bytes(type, output, isStream(type) ? 0 : undefined)
      known = { hash: output.hash, shape: E.isRight(read) ? shapeOfBytes(type, read.right) : shapeOfType(type) }
      if (engine.node(path) === undefined) return
      shapes.set(key, known)
    }
    const went = streams.get(key)
    board.put("flows", key, {
      ...known.shape,
      bytes: output.stream?.size ?? output.bytes,
      elements: output.stream?.elements ?? went?.elements ?? null,
      // A pace is of what flows now.
      perSecond: engine.state(path).phase === "running" ? (went?.perSecond ?? null) : null,
      dropped: went?.dropped ?? 0,
    })
  }
  return {
    touch,
    streamed: (path, port, elements, dropped, seconds) => {
      streams.set(`${path}.${port}`, { elements, dropped, perSecond: seconds >= leastSeconds ? elements / seconds : null })
      touch(path)
    },
    forget: (path) => {
      for (const key of shapes.keys()) {
        if (!key.startsWith(`${path}.`)) continue
        shapes.delete(key)
        streams.delete(key)
        board.put("flows", key, undefined)
      }
    },
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
