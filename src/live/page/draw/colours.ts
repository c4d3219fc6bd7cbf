/** Colours of heat maps: a diverging scale around zero, and a sequential one when all values have one sign. */

type Rgb = readonly [r: number, g: number, b: number]

/** Ends and middle, light paper and dark. Negative is blue, positive is orange: told apart by people who see no red or green. */
const stops = {
  light: { negative: [33, 92, 160], middle: [246, 244, 238], positive: [188, 80, 20] },
  dark: { negative: [120, 176, 240], middle: [26, 30, 28], positive: [240, 150, 90] },
} as const satisfies Record<string, Record<string, Rgb>>

export type Theme = keyof typeof stops

/** RGBA bytes, 4 for each of `values`. The strongest colour is the largest magnitude; NaN and gaps are transparent. */
export const heatColours = (values: readonly (number | null)[], theme: Theme): Uint8ClampedArray<ArrayBuffer> => {
  const { negative, middle, positive } = stops[theme]
  let most = 0
  for (const value of values) if (value !== null && Number.isFinite(value)) most = Math.max(most, Math.abs(value))
  const out = new Uint8ClampedArray(values.length * 4)
  values.forEach((value, i) => {
    if (value === null || Number.isNaN(value)) return
    const part = most === 0 ? 0 : Math.max(-1, Math.min(1, value / most))
    const end = part < 0 ? negative : positive
    for (let channel = 0; channel < 3; channel++) out[i * 4 + channel] = mix(middle[channel] as number, end[channel] as number, Math.abs(part))
    out[i * 4 + 3] = 255
  })
  return out
}

const mix = (from: number, to: number, part: number): number => Math.round(from + (to - from) * part)
