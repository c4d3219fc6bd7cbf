/** A scene as nodes and edges of React Flow. Places of handles are given, so that no line waits for a measurement. */
import { Position, type Edge, type Node } from "@xyflow/react"
import type { Box, Line, Scene } from "./scene.ts"
import { portHeight } from "./scene.ts"

export type CardNode = Node<{ readonly box: Box & { readonly _tag: "node" } }, "card">
export type GroupNode = Node<{ readonly box: Box & { readonly _tag: "group" } }, "group-card">
export type SceneNode = CardNode | GroupNode
export type LineEdge = Edge<{ readonly line: Line }, "line">

export const flowNodes = ({ boxes }: Scene): readonly SceneNode[] =>
  boxes.map((box): SceneNode => {
    const { path, x, y, width, height } = box
    const place = { id: path, position: { x, y }, width, height, measured: { width, height }, draggable: false }
    if (box._tag === "group") return { ...place, type: "group-card", data: { box }, ariaLabel: `${path}, a group of ${box.members.length} nodes`, handles: [...handles([null], "target", height, width), ...handles([null], "source", height, width)] }
    return { ...place, type: "card", data: { box }, ariaLabel: path, handles: [...handles(box.inputs, "target", height, width), ...handles(box.outputs, "source", height, width)] }
  })

export const flowEdges = ({ lines }: Scene): readonly LineEdge[] =>
  lines.map((line) => ({ id: line.id, type: "line", source: line.from, target: line.to, sourceHandle: line.output ?? null, targetHandle: line.input ?? null, data: { line }, ariaLabel: `from ${line.from} to ${line.to}` }))

const handles = (names: readonly (string | null)[], type: "source" | "target", height: number, width: number) =>
  names.map((id, i) => ({ id, type, position: type === "source" ? Position.Right : Position.Left, x: type === "source" ? width : 0, y: portHeight(i, names.length, height), width: 0, height: 0 }))
