/** Graphs of other times as sides of a comparison: of this session's revisions, of the file alone, of past runs. */
import * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../../base/hash.ts"
import type { Json } from "../../base/json.ts"
import type { Engine } from "../../engine/engine.ts"
import type { Forecast } from "../../engine/forecast.ts"
import type { PlainNode } from "../../graph/compare.ts"
import type { Graph } from "../../graph/graph.ts"
import { graphToJson } from "../../graph/json.ts"
import type { Store } from "../../store/store.ts"
import type { Moments } from "../moments.ts"
import type { Kinds, Overlaid } from "../overlay-graph.ts"
import type { Moment, MomentView } from "../protocol/question.ts"
import type { Side } from "./comparison.ts"

export interface MomentSite {
  readonly engine: Engine
  readonly store: Store
  readonly moments: Moments
  readonly kinds: Kinds
  readonly overlaid: () => Overlaid
  readonly forecast: (graph: Graph) => Promise<Forecast>
}

const mostRuns = 50

/** Everything that can be compared, the newest first. */
export const momentsOf = ({ store, moments, overlaid }: MomentSite, now: number): readonly MomentView[] => [
  { moment: { _tag: "now" }, label: "now", at: now },
  { moment: { _tag: "file" }, label: "the file, without what was changed here", at: now },
  ...moments.all().map(({ revision, label, at }): MomentView => ({ moment: { _tag: "revision", revision }, label: `revision ${revision}: ${label}`, at })),
  ...store.runLog
    .runs()
    .filter(({ graph, digest }) => graph === overlaid().graph.name && digest !== undefined)
    .slice(0, mostRuns)
    .map(({ id, name, at, state }): MomentView => ({ moment: { _tag: "run", id }, label: `run ${name}, ${state}`, at })),
]

/** Left says why there is no such moment. */
export const sideOf = async (moment: Moment, site: MomentSite): Promise<E.Either<string, Side>> => {
  const { engine, store, moments, overlaid, forecast } = site
  switch (moment._tag) {
    case "now":
      return E.right(sideOfGraph("now", overlaid().graph, (path) => engine.state(path).outputs ?? {}))
    case "file": {
      const { file } = overlaid()
      const { nodes } = await forecast(file)
      return E.right(sideOfGraph("the file", file, (path) => {
        const prospect = nodes.get(path)
        return prospect?.state === "reused" ? prospect.outputs : {}
      }))
    }
    case "revision": {
      const found = moments.of(moment.revision)
      if (found === undefined) return E.left(`revision ${moment.revision} is no longer kept`)
      return E.right(sideOfGraph(`revision ${found.revision}: ${found.label}`, found.graph, (path) => found.outputs.get(path) ?? {}))
    }
    case "run":
      return sideOfRun(moment.id, site, store)
  }
}

const sideOfGraph = (label: string, graph: Graph, outputsOf: Side["outputsOf"]): Side => ({
  label,
  nodes: (graphToJson(graph) as unknown as { readonly nodes: readonly PlainNode[] }).nodes,
  kindOf: (path) => graph.nodes.get(path)?.kind,
  outputsOf,
})

const sideOfRun = (id: string, { kinds, overlaid }: MomentSite, { runLog, actions }: Store): E.Either<string, Side> => {
  const run = runLog.runs().find((one) => one.id === id)
  const kept = run?.digest === undefined ? undefined : (runLog.graphOf(run.digest) as { readonly graph: Json; readonly keys: { readonly [path: string]: Hash } } | undefined)
  if (run === undefined || kept === undefined) return E.left("that run is no longer kept")
  const { nodes } = kept.graph as unknown as { readonly nodes: readonly PlainNode[] }
  const known = new Map([...kinds, ...[...overlaid().graph.nodes.values()].map(({ kind }) => [kind.id, kind] as const)])
  const ids = new Map(nodes.map(({ path, kind }) => [path, kind]))
  return E.right({
    label: `run ${run.name}`,
    nodes,
    kindOf: (path) => known.get(ids.get(path) ?? ""),
    outputsOf: (path) => {
      const key = kept.keys[path]
      return (key === undefined ? undefined : actions.get(key)?.outputs) ?? {}
    },
  })
}
