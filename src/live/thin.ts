/** Less of the same: curves and images small enough for a card, that still look like themselves. */

type Point = readonly [number, number]

/**
 * At most `most` points: of each bin of points the lowest and the highest stay, so spikes do. The first and the last
 * point always stay.
 */
export const thinCurve = (points: readonly Point[], most: number): readonly Point[] => {
  if (points.length <= most || most < 4) return points.slice(0, Math.max(most, 0))
  const bins = Math.floor((most - 2) / 2)
  const inner = points.length - 2
  const kept: Point[] = [points[0] as Point]
  for (let bin = 0; bin < bins; bin++) {
    const from = 1 + Math.floor((bin * inner) / bins)
    const to = 1 + Math.floor(((bin + 1) * inner) / bins)
    let [low, high] = [from, from]
    for (let i = from; i < to; i++) {
      if ((points[i] as Point)[1] < (points[low] as Point)[1]) low = i
      if ((points[i] as Point)[1] > (points[high] as Point)[1]) high = i
    }
    if (from >= to) continue
    kept.push(points[Math.min(low, high)] as Point)
    if (low !== high) kept.push(points[Math.max(low, high)] as Point)
  }
  return [...kept, points[points.length - 1] as Point]
}

/** A grid of numbers, row by row, as means over boxes: at most `most` rows and columns. Means of finite numbers; a box without any is NaN. */
export const thinGrid = (values: ArrayLike<number>, rows: number, columns: number, most: number): { readonly rows: number; readonly columns: number; readonly values: Float32Array } => {
  const [r, c] = [Math.min(rows, most), Math.min(columns, most)]
  const out = new Float32Array(r * c)
  for (let i = 0; i < r; i++) {
    const [top, bottom] = [Math.floor((i * rows) / r), Math.floor(((i + 1) * rows) / r)]
    for (let j = 0; j < c; j++) {
      const [left, right] = [Math.floor((j * columns) / c), Math.floor(((j + 1) * columns) / c)]
      let [sum, n] = [0, 0]
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const value = values[y * columns + x] as number
          if (!Number.isFinite(value)) continue
          sum += value
          n++
        }
      }
      out[i * c + j] = n === 0 ? Number.NaN : sum / n
    }
  }
  return { rows: r, columns: c, values: out }
}

/** An image of `channels` bytes a pixel with its longer side at most `most`, by means. */
export const thinImage = (pixels: Uint8Array, width: number, height: number, channels: 1 | 3, most: number): { readonly width: number; readonly height: number; readonly pixels: Uint8Array } => {
  const scale = Math.min(1, most / Math.max(width, height, 1))
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
  if (w === width && h === height) return { width, height, pixels }
  const out = new Uint8Array(w * h * channels)
  for (let y = 0; y < h; y++) {
    const [top, bottom] = spanOf(y, h, height)
    for (let x = 0; x < w; x++) {
      const [left, right] = spanOf(x, w, width)
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0
        for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) sum += pixels[(i * width + j) * channels + channel] as number
        out[(y * w + x) * channels + channel] = Math.round(sum / ((bottom - top) * (right - left)))
      }
    }
  }
  return { width: w, height: h, pixels: out }
}

const spanOf = (i: number, parts: number, length: number): readonly [number, number] => {
  const from = Math.floor((i * length) / parts)
  return [from, Math.max(from + 1, Math.floor(((i + 1) * length) / parts))]
}
