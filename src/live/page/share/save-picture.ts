/** The picture of the graph with the page's own colours, as SVG or PNG, and files handed to the reader. */
import type { LiveState } from "../../protocol.ts"
import { sceneOf } from "../graph/scene.ts"
import type { Tone } from "../view/phases.ts"
import { graphPicture, type GraphPicture } from "./picture.ts"

export const pictureOf = ({ graph, nodes, statuses }: LiveState, closed: ReadonlySet<string>): GraphPicture => {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const tones: { readonly [T in Tone]: string } = { good: "trainer", busy: "merger", calm: "soft", bad: "bad", warn: "warn" }
  return graphPicture(sceneOf(graph.order, nodes, closed), { nodes, statuses }, {
    paper: colour("paper"), card: colour("card"), ink: colour("ink"), soft: colour("soft"), line: colour("line"),
    family: (family) => colour(family) || colour("other"),
    tone: (tone) => colour(tones[tone]),
  })
}

/** Twice as many pixels as the screen would show. */
export const pngOf = ({ svg, width, height }: GraphPicture): Promise<Blob> =>
  new Promise((resolve, reject) => {
    const image = new Image()
    const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }))
    image.onload = () => {
      // Browsers refuse canvases above about 16 thousand pixels a side.
      const scale = Math.min(2, 16_000 / Math.max(width, height))
      const canvas = document.createElement("canvas")
      canvas.width = Math.ceil(width * scale)
      canvas.height = Math.ceil(height * scale)
      canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height)
      URL.revokeObjectURL(url)
      canvas.toBlob((blob) => (blob === null ? reject(new Error("the browser drew no picture")) : resolve(blob)), "image/png")
    }
    image.onerror = () => reject(new Error("the browser could not read the picture"))
    image.src = url
  })

export const saveFile = (name: string, content: Blob): void => {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
