/**
 * What flows along the edges: dtype, shape and bytes of each output, and the pace of streams. Outputs are looked at when
 * a node has been quiet for a moment, for it means reading them; streams under way by an element now and then. SPEC L3.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Subscription } from "rxjs"
import type { Clock } from "../base/clock.ts"
import type { Hash } from "../base/hash.ts"
import type { Engine } from "../engine/engine.ts"
import { isStream, type StreamType } from "../schema/stream.ts"
import type { StoredOutput } from "../store/segments.ts"
import type { Board } from "./board.ts"
import { shapeOfBytes, shapeOfType, type Shape } from "./flow.ts"
import type { OutputValues } from "./output-values.ts"

export interface FlowWatch {
  /** The node may have other outputs. */
  readonly touch: (path: string) => void
  /** The node runs from now on: what flows out of it is told, with its pace, as long as it does. */
  readonly begin: (path: string) => void
  /** The element of a stream under way that was looked at last; undefined before there is one, and when it has ended. */
  readonly newest: (path: string, port: string) => unknown
  readonly forget: (path: string) => void
  readonly close: () => void
}

/** Edges are told of when nothing has changed for so long, and at the latest after so long. */
const quietMs = 150
const latestMs = 1_000
/** An output of a node that runs. */
interface Look {
  /** What had gone along it, and when. */
  elements: number
  at: number
  newest: unknown
  shape: Shape | undefined
  watching: Subscription | undefined
}

/** Between two looks at what is under way, which give its pace. */
const paceMs = 500
const mostShapeBytes = 64 * 2 ** 20

export const makeFlowWatch = ({ engine, board, values, clock }: { readonly engine: Engine; readonly board: Board; readonly values: OutputValues; readonly clock: Clock }): FlowWatch => {
  const shapes = new Map<string, { readonly hash: Hash; readonly shape: Shape }>()
  /** Streams of nodes that run, by path and port. */
  const running = new Map<string, Map<string, Look>>()
  let pacer: ReturnType<typeof setTimeout> | undefined
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
    // What flows is looked at by its pace.
    if (type === undefined || isClosed || engine.flow(path, port) !== undefined) return
    const key = `${path}.${port}`
    let known = shapes.get(key)
    if (known?.hash !== output.hash) {
      const read = output.bytes > mostShapeBytes ? E.left("too much to look into") : await values.bytes(type, output, isStream(type) ? 0 : undefined)
      known = { hash: output.hash, shape: E.isRight(read) ? shapeOfBytes(type, read.right) : shapeOfType(type) }
      if (engine.node(path) === undefined) return
      shapes.set(key, known)
    }
    board.put("flows", key, { ...known.shape, bytes: output.stream?.size ?? output.bytes, elements: output.stream?.elements ?? null, perSecond: null })
  }
  const pace = (): void => {
    pacer = undefined
    const at = clock.now()
    for (const [path, ports] of running) {
      const isOver = engine.node(path) === undefined || engine.state(path).phase !== "running"
      if (isOver) end(path)
      for (const [port, last] of ports) {
        const key = `${path}.${port}`
        const told = board.member("flows", key)
        const [flow, type] = [engine.flow(path, port), engine.node(path)?.kind.outputs[port]]
        if (isOver && told !== undefined) board.put("flows", key, { ...told, perSecond: null })
        if (isOver || flow === undefined || type === undefined) continue
        board.put("flows", key, { ...(last.shape ?? shapes.get(key)?.shape ?? shapeOfType(type)), ...flow, perSecond: ((flow.elements - last.elements) * 1000) / (at - last.at) })
        Object.assign(last, { elements: flow.elements, at })
      }
    }
    if (running.size > 0 && !isClosed) pacer = setTimeout(pace, paceMs).unref()
  }
  const watch = (path: string, port: string, type: StreamType): Look => {
    const look: Look = { elements: 0, at: clock.now(), newest: undefined, shape: undefined, watching: undefined }
    look.watching = engine.stream$(path, port, { sample: paceMs }).subscribe((element) => {
      look.newest = element
      look.shape ??= shapeOfBytes(type, Buffer.concat(type.element.encode(element)))
    })
    return look
  }
  const end = (path: string): void => {
    for (const { watching } of running.get(path)?.values() ?? []) watching?.unsubscribe()
    running.delete(path)
  }
  return {
    touch,
    begin: (path) => {
      end(path)
      const looks = Object.entries(engine.node(path)?.kind.outputs ?? {}).flatMap(([port, type]) => (isStream(type) ? [[port, watch(path, port, type)] as const] : []))
      if (looks.length === 0) return
      running.set(path, new Map(looks))
      pacer ??= setTimeout(pace, paceMs).unref()
    },
    newest: (path, port) => running.get(path)?.get(port)?.newest,
    forget: (path) => {
      end(path)
      for (const key of shapes.keys()) {
        if (!key.startsWith(`${path}.`)) continue
        shapes.delete(key)
        board.put("flows", key, undefined)
      }
    },
    close: () => {
      isClosed = true
      for (const path of [...running.keys()]) end(path)
      clearTimeout(timer)
      clearTimeout(pacer)
    },
  }
}
