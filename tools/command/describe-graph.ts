/** A graph as text for people: nodes in order, each with its kind, params, wires and outputs. */
import { brief } from "../../src/base/brief.ts"
import { counted } from "../../src/base/counted.ts"
import type { Json } from "../../src/base/json.ts"
import type { Graph, Node } from "../../src/graph/graph.ts"
import type { Paint } from "./paint.ts"

/** Several lines, without a last line break; params are folded to fit `width` columns. */
export const describeGraph = (graph: Graph, paint: Paint, width: number): string => {
  const nodes = [...graph.nodes.values()]
  const column = Math.min(30, Math.max(...nodes.map((node) => node.path.length), 0) + 2)
  const own = Object.entries(graph.params).map(([name, value]) => `${name} ${shown(value)}`)
  const title = [paint("bold", graph.name), counted(nodes.length, "node"), ...own].join("  ")
  return [title, ...nodes.map((node) => nodeLines(node, paint, column, width).join("\n"))].join("\n\n")
}

const nodeLines = (node: Node, paint: Paint, column: number, width: number): readonly string[] => {
  const indent = " ".repeat(2)
  const params = Object.entries(node.params).map(([name, value]) => `${name} ${shown(value)}${knobText(node, name)}`)
  return [
    `${paint("bold", node.path.padEnd(column))}${paint("cyan", node.kind.id)}${node.salt === "" ? "" : paint("dim", `  salt ${node.salt}`)}`,
    ...fold(params, width - indent.length).map((line) => `${indent}${line}`),
    ...Object.entries(node.inputs).map(([port, refs]) => `${indent}${port} ${paint("dim", "<-")} ${refs.map((ref) => `${ref.node}.${ref.port}`).join(", ") || "nothing"}`),
    `${indent}${paint("dim", "->")} ${Object.entries(node.kind.outputs).map(([port, type]) => (port === type.name ? port : `${port}: ${type.name}`)).join(", ")}`,
  ]
}

const shown = (value: Json): string => {
  const text = typeof value === "string" && /^[\p{L}\p{N}_./-]+$/u.test(value) ? value : JSON.stringify(value)
  return brief(text, 60)
}

const knobText = (node: Node, param: string): string => {
  const range = node.knobs[param]
  if (range === undefined) return ""
  return range.min === undefined && range.max === undefined ? " (knob)" : ` (knob ${range.min ?? "any"} to ${range.max ?? "any"})`
}

/** Items joined by commas, on as few lines as `width` allows. */
const fold = (items: readonly string[], width: number): readonly string[] => {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + item.length + 2 <= width) lines[lines.length - 1] = `${last}, ${item}`
    else lines.push(item)
  }
  return lines
}
