/** The surface that fits: silent beside JSON, bars on a terminal, plain lines elsewhere. Progress goes to standard error. */
import { systemClock } from "../../src/base/clock.ts"
import type { EngineEvent } from "../../src/engine/event.ts"
import type { Graph } from "../../src/graph/graph.ts"
import type { Paint } from "./paint.ts"
import { plainSurface } from "./plain-surface.ts"
import { silentSurface, type Surface } from "./surface.ts"

export const openSurface = (graph: Graph, json: boolean, paint: Paint): Surface => {
  if (json) return silentSurface
  const width = Math.max(0, ...[...graph.nodes.keys()].map((path) => path.length))
  const plain = plainSurface((line) => console.error(line), systemClock, paint, width)
  return process.stderr.isTTY === true ? barsWhenNeeded(plain, graph, paint, width) : plain
}

/** Bars are loaded with the first node that runs; a run with nothing to do needs none. Events wait until they are there. */
const barsWhenNeeded = (plain: Surface, graph: Graph, paint: Paint, width: number): Surface => {
  let surface: Surface | undefined
  let isLoading = false
  let isClosed = false
  const waiting: EngineEvent[] = []
  const load = async (): Promise<void> => {
    const { barSurface } = await import("./bar-surface.ts")
    surface = isClosed ? plain : barSurface(process.stderr, systemClock, paint, graph.nodes.size, width)
    for (const event of waiting.splice(0)) surface.show(event)
  }
  return {
    say: (line) => (surface ?? plain).say(line),
    close: () => {
      isClosed = true
      for (const event of waiting.splice(0)) plain.show(event)
      surface?.close()
    },
    show: (event) => {
      if (surface !== undefined) return surface.show(event)
      waiting.push(event)
      if (event.type === "started" && !isLoading) {
        isLoading = true
        void load()
      }
    },
  }
}
