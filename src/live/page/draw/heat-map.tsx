/** A matrix as a picture, a pixel a value, enlarged without smoothing. */
import { useLayoutEffect, useRef } from "react"
import { heatColours } from "./colours.ts"
import { figure } from "./format.ts"
import { useTheme } from "../style/use-theme.ts"
import { extent } from "./series.ts"

interface Props {
  readonly rows: number
  readonly columns: number
  /** Row by row. */
  readonly values: readonly (number | null)[]
  readonly label: string
}

export const HeatMap = ({ rows, columns, values, label }: Props) => {
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = useTheme()
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d")
    if (context === null || context === undefined || rows * columns === 0) return
    context.putImageData(new ImageData(heatColours(values, theme), columns, rows), 0, 0)
  }, [rows, columns, values, theme])
  const [low, high] = extent(values.filter((value) => value !== null))
  return (
    <figure className="heat">
      <canvas ref={canvas} width={Math.max(1, columns)} height={Math.max(1, rows)} role="img" aria-label={`${label}: heat map of ${rows} × ${columns} values from ${figure(low)} to ${figure(high)}`} style={{ aspectRatio: `${columns} / ${rows}` }} />
      <figcaption className="soft">{`${figure(low, 3)} to ${figure(high, 3)}`}</figcaption>
    </figure>
  )
}
