/** The graph to look at: zoom, pan, minimap, wires to draw, and the keyboard's way from node to node. */
import { Background, Controls, MiniMap, ReactFlow, useReactFlow, useStore, type Connection as Wire, type EdgeTypes, type NodeTypes } from "@xyflow/react"
import "@xyflow/react/dist/base.css"
import { useCallback, useEffect, useMemo, useRef, type KeyboardEvent } from "react"
import "./canvas.css"
import { must } from "../../../base/assert.ts"
import type { LiveState } from "../../protocol.ts"
import { useConnection, useLive } from "../connection/use-live.tsx"
import { familyColour } from "../view/families.ts"
import { readEdge } from "../view/view.ts"
import { useView } from "../view/use-view.tsx"
import { flowEdges, flowNodes, type LineEdge, type SceneNode } from "./flow.ts"
import { GroupCard } from "./group-card.tsx"
import { LineBetween } from "./line-edge.tsx"
import { neighbour, type Direction } from "./neighbour.ts"
import { NodeCard } from "./node-card.tsx"
import { sceneOf, wiringText } from "./scene.ts"
import { unwire, wireInto } from "./wiring.ts"

const nodeTypes: NodeTypes = { card: NodeCard, "group-card": GroupCard }
const edgeTypes: EdgeTypes = { line: LineBetween }
const arrows: { readonly [key: string]: Direction } = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }
/** Below these zooms, cards say less and larger. */
const [far, farther] = [0.55, 0.36]
const whole = { padding: 0.04, maxZoom: 1 }

export const GraphCanvas = () => {
  const connection = useConnection()
  // Drawn again when the wiring is another one, not with every param that is turned.
  const wiring = useLive(({ graph, nodes }) => wiringText(graph.order, nodes))
  const graphNow = (): Pick<LiveState, "graph" | "nodes"> => must(connection.seen().state, "the canvas is drawn when there is a state")
  const { view, look, select, toggleGroup } = useView()
  const { setCenter, getZoom, fitView } = useReactFlow()
  const scene = useMemo(() => {
    const { graph, nodes } = graphNow()
    return sceneOf(graph.order, nodes, view.closed)
  }, [wiring, view.closed])
  const placed = useMemo(() => flowNodes(scene), [scene])
  const lines = useMemo(() => flowEdges(scene), [scene])
  // Only what is selected is another value, so only that is drawn again.
  const shownNodes = useMemo(() => placed.map((node) => (node.id === view.selected ? { ...node, selected: true } : node)), [placed, view.selected])
  const shownLines = useMemo(
    () => lines.map((line) => (line.id === view.selected ? { ...line, selected: true, zIndex: 1 } : touches(line, view.selected) ? { ...line, className: "near" } : line)),
    [lines, view.selected],
  )
  const isFar = useStore(({ transform }) => transform[2] < far)
  const isFarther = useStore(({ transform }) => transform[2] < farther)
  const isPartly = useStore(({ transform: [x, y, zoom], width, height }) => scene.boxes.some((box) => box.x * zoom + x < 0 || box.y * zoom + y < 0 || (box.x + box.width) * zoom + x > width || (box.y + box.height) * zoom + y > height))
  const first = useRef(view.at)
  const shape = useRef("")
  const room = useStore(({ width, height }) => `${width} ${height}`)
  useEffect(() => {
    // A graph or a window of another size is shown whole, as long as the reader has not moved the view.
    const next = `${scene.boxes.length} ${room}`
    if (shape.current === "" || view.at !== undefined) shape.current = next
    // While one is looked at, the picture stays where it is.
    if (shape.current === next || view.selected !== undefined) return
    shape.current = next
    void fitView({ ...whole, duration: 250 })
  }, [scene, room, fitView, view.at, view.selected])

  const centre = useCallback((path: string) => {
    const box = scene.boxes.find((one) => one.path === path)
    if (box !== undefined) void setCenter(box.x + box.width / 2, box.y + box.height / 2, { zoom: Math.max(0.6, getZoom()), duration: 180 })
  }, [scene, setCenter, getZoom])

  // What is picked in a list, a table or by search is brought to sight; what is clicked is in sight already.
  const clicked = useRef(view.selected)
  useEffect(() => {
    if (view.selected !== undefined && view.selected !== clicked.current) centre(view.selected)
    clicked.current = view.selected
  }, [view.selected])
  const click = (path: string | undefined): void => {
    clicked.current = path
    select(path)
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = arrows[event.key]
    const focused = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset["id"] ?? view.selected
    if (direction === undefined || focused === undefined || (event.target as HTMLElement).closest("input, select, textarea") !== null) return
    const next = neighbour(scene.boxes, focused, direction)
    if (next === undefined) return
    event.preventDefault()
    select(next)
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(next)}"]`)?.focus({ preventScroll: true }))
  }

  const onConnect = (wire: Wire): void => {
    const edit = wireInto(graphNow().nodes, wire)
    if (edit !== undefined) void connection.edit(edit)
  }

  return (
    <div className={`canvas${isFar ? " far" : ""}${isFarther ? " farther" : ""}`} onKeyDown={onKeyDown}>
      <ReactFlow<SceneNode, LineEdge>
        nodes={shownNodes as SceneNode[]}
        edges={shownLines as LineEdge[]}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onlyRenderVisibleElements
        nodesDraggable={false}
        nodesFocusable
        edgesFocusable={false}
        minZoom={0.08}
        maxZoom={2}
        panOnScroll={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        zoomOnDoubleClick={false}
        proOptions={{ hideAttribution: true }}
        {...(first.current === undefined ? { onInit: (flow) => void flow.fitView(whole) } : { defaultViewport: first.current })}
        onMoveEnd={(event, at) => event !== null && look({ at })}
        onNodeClick={(_, { id }) => click(id)}
        onNodeDoubleClick={(_, { id, type }) => type === "group-card" && toggleGroup(id)}
        onEdgeClick={(_, { id }) => readEdge(id) !== undefined && click(id)}
        onPaneClick={() => click(undefined)}
        onConnect={onConnect}
        isValidConnection={(wire) => wireInto(graphNow().nodes, wire as Wire) !== undefined}
        onNodesChange={(changes) => {
          for (const change of changes) if (change.type === "select" && change.selected) click(change.id)
        }}
        aria-label="The graph, from left to right"
      >
        {!isFar && <Background gap={22} size={1.2} color="var(--grid)" />}
        <Controls showInteractive={false} position="bottom-left" aria-label="Zoom" />
        {isPartly && (
          <MiniMap<SceneNode> pannable zoomable position="bottom-right" ariaLabel="Overview of the graph" nodeColor={(node) => (node.type === "card" ? familyColour(node.data.box.family) : "var(--soft)")} nodeBorderRadius={6} />
        )}
      </ReactFlow>
      {scene.boxes.length === 0 && <p className="empty">The graph has no nodes yet. Add one in the file, or on this page.</p>}
      <EdgeKeys selected={view.selected} remove={(id) => {
        const edit = unwire(graphNow().nodes, id)
        if (edit !== undefined) void connection.edit(edit).then(() => select(undefined))
      }} />
    </div>
  )
}

const touches = (line: LineEdge, path: string | undefined): boolean => path !== undefined && (line.source === path || line.target === path)

/** Delete takes away the edge that is selected. */
const EdgeKeys = ({ selected, remove }: { readonly selected: string | undefined; readonly remove: (id: string) => void }) => {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const isTyping = (event.target as HTMLElement | null)?.closest?.("input, select, textarea") !== null
      if ((event.key === "Delete" || event.key === "Backspace") && !isTyping && selected !== undefined && readEdge(selected) !== undefined) remove(selected)
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  })
  return null
}
