/** The lines for people around those of the nodes: what runs, and how it ended. */
import type { Summary } from "../../src/engine/event.ts"
import { duration } from "../command/duration.ts"
import type { Paint } from "../command/paint.ts"

interface Device {
  readonly name: string
  readonly why: string
}

export const headline = (graph: string, nodes: number, device: Device | null, paint: Paint): string =>
  `${paint("bold", graph)}  ${nodes} nodes, ${device === null ? "no device needed" : `device ${device.name}: ${device.why}`}`

/** `3 ran, 22 reused, 0 failed in 12.3 s on onnx`. */
export const closingLine = ({ ran, reused, failed, blocked, held, gated, off, cancelled }: Summary, seconds: number, device: Device | null): string => {
  const others = Object.entries({ blocked, held, gated, off, stopped: cancelled }).flatMap(([state, n]) => (n > 0 ? [`${n} ${state}`] : []))
  const counts = [`${ran} ran`, `${reused} reused`, `${failed} failed`, ...others]
  return `${counts.join(", ")} in ${duration(seconds * 1000)}${device === null ? "" : ` on ${device.name}`}`
}
