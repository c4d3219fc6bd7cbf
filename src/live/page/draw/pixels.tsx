/** One image from raw bytes on a canvas, enlarged without smoothing. */
import { useLayoutEffect, useRef } from "react"
import { bytesOfText, rgbaOf } from "./bytes.ts"

interface Props {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  /** Base64, row by row. */
  readonly pixels: string
  readonly label: string
  /** Of several images in `pixels`, which. */
  readonly index?: number
}

export const Pixels = ({ width, height, channels, pixels, label, index = 0 }: Props) => {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d")
    if (context === null || context === undefined || width * height === 0) return
    const rgba = rgbaOf(bytesOfText(pixels), width, height, channels, index)
    context.putImageData(new ImageData(rgba, width, height), 0, 0)
  }, [width, height, channels, pixels, index])
  return <canvas ref={canvas} className="pixels" width={Math.max(1, width)} height={Math.max(1, height)} role="img" aria-label={label} />
}
