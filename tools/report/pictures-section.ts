/** Pictures of a run, pixel by pixel, with their captions. */
import { encodePng } from "./png.ts"
import { grouped } from "./grouped.ts"
import { html, type Html } from "./html.ts"
import { drawn, type RunReport } from "./run-report.ts"
import type { NdArray } from "../../src/base/ndarray.ts"

/** A page with more images than this per port is of no use; the rest are counted. */
const mostImages = 256

/** The longer side of a small image on the page, in CSS pixels; pixels stay whole. */
const shownSide = 64

export const picturesSection = (report: RunReport): Html | undefined => {
  const figures = drawn(report, "picture").flatMap(({ node, value }) => {
    const pixels = value.tensors["pixels"]
    return pixels === undefined || pixels.shape.length < 3 ? [] : [figureHtml(node.path, value.meta.title, value.meta.captions, pixels)]
  })
  return figures.length === 0 ? undefined : html`<section id="pictures"><h2>Pictures</h2>${figures}</section>`
}

const figureHtml = (path: string, title: string, captions: readonly string[], pixels: NdArray): Html => {
  const [count = 0, height = 0, width = 0] = pixels.shape
  const shown = Math.min(count, mostImages)
  const images = Array.from({ length: shown }, (_, i) => imageHtml(captions[i] ?? "", width, height, slice(pixels, i)))
  const more = count > shown ? `, the first ${shown} of ${grouped(count)}` : ""
  return html`<figure class="wide"><figcaption>${title}<span class="note">${path}${more}</span></figcaption><div class="pictures">${images}</div></figure>`
}

const imageHtml = (caption: string, width: number, height: number, pixels: Uint8Array): Html => {
  const channels = pixels.length === width * height * 3 ? 3 : 1
  const source = `data:image/png;base64,${Buffer.from(encodePng(width, height, channels, pixels)).toString("base64")}`
  const scale = Math.max(1, Math.floor(shownSide / Math.max(width, height)))
  return html`<figure><img alt="${caption}" src="${source}" width="${width * scale}" height="${height * scale}"><figcaption>${caption}</figcaption></figure>`
}

/** Bytes of image `i`. */
const slice = (pixels: NdArray, i: number): Uint8Array => {
  const size = pixels.data.length / (pixels.shape[0] ?? 1)
  return Uint8Array.from(pixels.data.subarray(i * size, (i + 1) * size))
}
