/** Bytes, floats and pixels out of the base64 that messages carry. */

export const bytesOfText = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

/** Little-endian float32, as NaN where it is not finite. */
export const floatsOfText = (base64: string): readonly number[] => {
  const bytes = bytesOfText(base64)
  const view = new DataView(bytes.buffer)
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getFloat32(i * 4, true))
}

/** RGBA of image `index`: grey or RGB bytes, row by row. Bytes that are not there are black. */
export const rgbaOf = (bytes: Uint8Array, width: number, height: number, channels: number, index = 0): Uint8ClampedArray<ArrayBuffer> => {
  const out = new Uint8ClampedArray(width * height * 4)
  const start = index * width * height * channels
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) out[i * 4 + c] = bytes[start + i * channels + (channels === 1 ? 0 : c)] ?? 0
    out[i * 4 + 3] = 255
  }
  return out
}
