/**
 * The graph as boxes and lines on a canvas: sizes, places, and where lines meet boxes. It depends on wiring, kinds and
 * closed groups only, never on how nodes stand, so nothing moves while they run.
 */
import type { NodeView } from "../../protocol/graph-view.ts"
import { edgeName } from "../view/view.ts"
import { groupsOf, shownLinks, standIn, type Link } from "./groups.ts"
import { placeBoxes, type Place, type Size } from "./layout.ts"

export const boxWidth = 216
const plain = 64
const tall = 116
const group = 84

export type Box = Place & ({ readonly _tag: "node"; readonly path: string; readonly family: string; readonly inputs: readonly string[]; readonly outputs: readonly string[] } | { readonly _tag: "group"; readonly path: string; readonly members: readonly string[] })

export interface Line {
  /** The name of an edge; of several that are one line between closed groups, `from>>to`. */
  readonly id: string
  readonly from: string
  readonly to: string
  /** Undefined where a closed group ends the line. */
  readonly output: string | undefined
  readonly input: string | undefined
  readonly isStream: boolean
  readonly isLazy: boolean
  /** The first line of its output: the one that says what flows. */
  readonly says: boolean
}

export interface Scene {
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
}

/** Kinds whose outputs can be drawn small have a taller card, from the start. */
export const isTall = (node: NodeView): boolean => node.outputs.some(({ view }) => view !== "data" && view !== "table")

/** Equal for graphs that have the same scene: what a param is set to is not in it. */
export const wiringText = (order: readonly string[], nodes: { readonly [path: string]: NodeView }): string => order.map((path) => (nodes[path] === undefined ? "" : textOf(nodes[path]))).join("\n")

const texts = new WeakMap<NodeView, string>()

const textOf = (node: NodeView): string => {
  const known = texts.get(node)
  if (known !== undefined) return known
  const { path, family, inputs, outputs } = node
  const text = JSON.stringify([path, family, inputs, outputs])
  texts.set(node, text)
  return text
}

export const sceneOf = (order: readonly string[], nodes: { readonly [path: string]: NodeView }, closed: ReadonlySet<string>): Scene => {
  const present = order.filter((path) => nodes[path] !== undefined)
  const groups = groupsOf(present)
  const shut = new Set([...closed].filter((path) => groups.has(path)))
  const sizes = new Map<string, Size>()
  for (const path of present) {
    const shown = standIn(path, shut)
    const node = nodes[path] as NodeView
    if (!sizes.has(shown)) sizes.set(shown, { width: boxWidth, height: shut.has(shown) ? group : isTall(node) ? tall : plain })
  }
  const lines = linesOf(present, nodes, shut)
  const links: Link[] = present.flatMap((to) => (nodes[to] as NodeView).inputs.flatMap(({ from }) => from.map((ref) => ({ from: ref.node, to }))))
  const places = placeBoxes(sizes, shownLinks(links, shut))
  const boxes = [...places].map(([path, place]): Box => {
    const node = nodes[path]
    if (shut.has(path) || node === undefined) return { ...place, _tag: "group", path, members: groups.get(path) ?? [] }
    return { ...place, _tag: "node", path, family: node.family, inputs: node.inputs.map(({ name }) => name), outputs: node.outputs.map(({ name }) => name) }
  })
  return { boxes, lines }
}

const linesOf = (order: readonly string[], nodes: { readonly [path: string]: NodeView }, shut: ReadonlySet<string>): readonly Line[] => {
  const lines = new Map<string, Line>()
  const spoken = new Set<string>()
  for (const path of order) {
    for (const input of (nodes[path] as NodeView).inputs) {
      for (const ref of input.from) {
        if (nodes[ref.node] === undefined) continue
        const [from, to] = [standIn(ref.node, shut), standIn(path, shut)]
        if (from === to) continue
        const whole = from === ref.node && to === path && !shut.has(from) && !shut.has(to)
        const id = whole ? edgeName(ref, { node: path, port: input.name }) : `${from}>>${to}`
        if (lines.has(id)) continue
        const output = shut.has(from) ? undefined : ref.port
        const says = output !== undefined && !spoken.has(`${from}.${output}`)
        if (says) spoken.add(`${from}.${output}`)
        lines.set(id, { id, from, to, output, input: shut.has(to) ? undefined : input.name, isStream: input.isStream || isStream(nodes[ref.node], ref.port), isLazy: input.isLazy, says })
      }
    }
  }
  return [...lines.values()]
}

const isStream = (node: NodeView | undefined, port: string): boolean => node?.outputs.find(({ name }) => name === port)?.isStream ?? false

/** Where port `index` of `total` meets the side of a box of `height`, from its top. */
export const portHeight = (index: number, total: number, height: number): number => Math.round(((index + 1) * height) / (total + 1))
