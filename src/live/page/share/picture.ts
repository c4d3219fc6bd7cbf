/** The graph as a picture of its own: an SVG text with every colour written out, as the canvas shows it. */
import type { NodeView } from "../../protocol/graph-view.ts"
import type { NodeStatus } from "../../protocol/status.ts"
import { figure } from "../draw/format.ts"
import { sparkline } from "../draw/series.ts"
import { portHeight, type Box, type Line, type Scene } from "../graph/scene.ts"
import { tally } from "../graph/tally.ts"
import { describeStatus, lookOf, type Tone } from "../view/phases.ts"

export interface PictureColours {
  readonly paper: string
  readonly card: string
  readonly ink: string
  readonly soft: string
  readonly line: string
  readonly family: (family: string) => string
  readonly tone: (tone: Tone) => string
}

interface Facts {
  readonly nodes: { readonly [path: string]: NodeView }
  readonly statuses: { readonly [path: string]: NodeStatus }
}

const margin = 24

export interface GraphPicture {
  readonly svg: string
  /** CSS pixels. */
  readonly width: number
  readonly height: number
}

export const graphPicture = ({ boxes, lines }: Scene, facts: Facts, colours: PictureColours): GraphPicture => {
  const width = Math.max(0, ...boxes.map((box) => box.x + box.width)) + 2 * margin
  const height = Math.max(0, ...boxes.map((box) => box.y + box.height)) + 2 * margin
  const byPath = new Map(boxes.map((box) => [box.path, box]))
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-margin} ${-margin} ${width} ${height}" font-family="Inter, system-ui, sans-serif" font-size="12">`,
    `<rect x="${-margin}" y="${-margin}" width="${width}" height="${height}" fill="${colours.paper}"/>`,
    ...lines.map((line) => drawLine(line, byPath, colours)),
    ...boxes.map((box) => drawBox(box, facts, colours)),
    "</svg>",
  ].join("\n")
  return { svg, width, height }
}

const drawLine = ({ from, to, output, input, isStream, isLazy }: Line, boxes: ReadonlyMap<string, Box>, { soft }: PictureColours): string => {
  const [a, b] = [boxes.get(from), boxes.get(to)]
  if (a === undefined || b === undefined) return ""
  const [x1, y1, x2, y2] = [a.x + a.width, a.y + portOf(a, output, "outputs"), b.x, b.y + portOf(b, input, "inputs")]
  const bend = Math.max(18, (x2 - x1) / 2)
  return `<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" fill="none" stroke="${soft}" stroke-opacity="0.5" stroke-width="${isStream ? 2.2 : 1.3}"${isLazy ? ' stroke-dasharray="2 4"' : ""}/>`
}

const portOf = (box: Box, port: string | undefined, side: "inputs" | "outputs"): number =>
  box._tag === "group" || port === undefined ? box.height / 2 : portHeight(Math.max(0, box[side].indexOf(port)), box[side].length, box.height)

const drawBox = (box: Box, { nodes, statuses }: Facts, colours: PictureColours): string => {
  const node = nodes[box.path]
  const status = statuses[box.path]
  const family = box._tag === "group" ? colours.soft : colours.family(box.family)
  const look = lookOf(status?.phase ?? "waiting")
  const state = box._tag === "group" ? tally(box.members, statuses).phases.map(([phase, n]) => `${lookOf(phase).mark} ${n}`).join("  ") : status === undefined ? "" : `${look.mark} ${describeStatus(status)}`
  return [
    `<g transform="translate(${box.x} ${box.y})">`,
    `<rect width="${box.width}" height="${box.height}" rx="8" fill="${colours.card}" stroke="${look.tone === "bad" ? colours.tone("bad") : colours.line}"/>`,
    `<rect width="4" height="${box.height}" rx="2" fill="${family}"/>`,
    `<text x="14" y="22" font-weight="600" font-size="13" fill="${colours.ink}">${escaped(cut(box.path, 28))}</text>`,
    `<text x="14" y="37" font-size="11" fill="${colours.soft}">${escaped(cut(box._tag === "group" ? `${box.members.length} nodes` : node?.kind ?? "", 34))}</text>`,
    box._tag === "node" && status !== undefined ? headlineOf(status, box, family, colours) : "",
    `<text x="14" y="${box.height - 10}" font-size="11" fill="${colours.tone(look.tone)}">${escaped(cut(state, 34))}</text>`,
    "</g>",
  ].join("")
}

const headlineOf = ({ headline }: NodeStatus, box: Box, family: string, { ink, soft }: PictureColours): string => {
  if (headline === null) return ""
  if (headline._tag === "curve") return `<path transform="translate(14 46)" d="${sparkline(headline.points, box.width - 28, 34)}" fill="none" stroke="${family}" stroke-width="1.6"/>`
  if (headline._tag === "text") return `<text x="14" y="62" font-size="11" fill="${ink}">${escaped(cut(headline.text, 34))}</text>`
  if (headline._tag !== "metric") return ""
  return Object.entries(headline.values).slice(0, 4).map(([column, value], i) => `<text x="${14 + i * 50}" y="58" font-size="10" fill="${soft}">${escaped(cut(column, 8))}</text><text x="${14 + i * 50}" y="76" font-size="14" font-weight="600" fill="${ink}">${figure(value)}</text>`).join("")
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
