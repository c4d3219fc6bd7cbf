/** What flows from box to box: a line, and in words what goes along it, once for each output and for the line looked at. */
import { BaseEdge, EdgeLabelRenderer, getBezierPath, useStore, type EdgeProps } from "@xyflow/react"
import { memo } from "react"
import type { Flow } from "../../protocol/status.ts"
import { useLive } from "../connection/use-live.tsx"
import { figure, size } from "../draw/format.ts"
import type { LineEdge } from "./flow.ts"

/** Words on lines are legible from this zoom on. */
const legible = 0.72

export const LineBetween = memo(({ id, data, selected, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition }: EdgeProps<LineEdge>) => {
  const line = data?.line
  const flow = useLive(({ flows }) => (line?.output === undefined ? undefined : flows[`${line.from}.${line.output}`]))
  const isNear = useStore(({ transform }) => transform[2] >= legible)
  // The line looked at stays legible however far away.
  const grown = useStore(({ transform }) => (selected === true ? Math.max(1, legible / transform[2]) : 1))
  const [path, middleX, middleY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, curvature: 0.32 })
  const isFlowing = (flow?.perSecond ?? 0) > 0
  const names = ["line", line?.isStream === true ? "stream" : "", line?.isLazy === true ? "lazy" : "", isFlowing ? "flowing" : "", selected === true ? "selected" : ""]
  const says = line?.says === true && isNear
  return (
    <>
      <BaseEdge id={id} path={path} className={names.join(" ")} interactionWidth={14} />
      {flow !== undefined && (says || selected === true) && (
        <EdgeLabelRenderer>
          {says && <span className={`flow-words${isFlowing ? " flowing" : ""}`} style={{ transform: `translate(${sourceX + 7}px, ${sourceY - 15}px)` }}>{shortFlow(flow)}</span>}
          {selected === true && <span className="flow-words picked" style={{ transform: `translate(-50%, -50%) translate(${middleX}px, ${middleY}px) scale(${grown})` }}>{describeFlow(flow)}</span>}
        </EdgeLabelRenderer>
      )}
    </>
  )
})

const shortFlow = (flow: Flow): string => paceOf(flow) ?? flow.what

/** Of a stream that flows: elements and bytes a second. */
export const paceOf = ({ perSecond, bytes, elements }: Flow): string | undefined =>
  perSecond === null || perSecond === 0 || elements === null || elements === 0 ? undefined : `${figure(perSecond, 3)}/s, ${size((perSecond * bytes) / elements)}/s`

/** Everything about a flow in one line: what, how much, how fast. */
export const describeFlow = (flow: Flow): string =>
  [
    flow.what,
    size(flow.bytes),
    flow.elements === null ? "" : `${flow.elements} elements`,
    paceOf(flow) ?? "",
  ].filter((part) => part !== "").join(" · ")
