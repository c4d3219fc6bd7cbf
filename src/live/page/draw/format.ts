/** Figures as the page writes them: short, of steady width, the same everywhere. */

/** `0.42 s`, `12 s`, `4 min 05 s`, `2 h 10 min`. `ms` in milliseconds. */
export const time = (ms: number): string => {
  if (ms < 9_950) return ms < 95 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

const pad = (n: number): string => String(n).padStart(2, "0")

const units = ["B", "kB", "MB", "GB", "TB"] as const

/** Sizes in powers of 1000: `812 B`, `4.2 MB`. */
export const size = (bytes: number): string => {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes * 1.00005) / 3))
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`
}

/** A number with `digits` significant figures, without an exponent where people would not use one. */
export const figure = (x: number, digits = 4): string => {
  if (!Number.isFinite(x)) return String(x)
  if (Number.isInteger(x) && Math.abs(x) < 1e6) return String(x)
  const magnitude = Math.abs(x)
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6)) return x.toExponential(Math.max(0, digits - 2)).replace("e+", "e")
  return x.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(magnitude || 1))))
}

/** `64 × 128 × 3`; a scalar has no extents. */
export const shape = (extents: readonly number[]): string => (extents.length === 0 ? "scalar" : extents.join(" × "))

/** `1 node`, `3 nodes`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** A JSON value as a param shows it: texts bare, lists and records as JSON. */
export const value = (x: unknown): string => (typeof x === "string" ? x : typeof x === "number" ? figure(x, 6) : JSON.stringify(x) ?? "none")

/** Labels of an axis: as many digits as it takes to tell neighbours apart, the same for all. A null has no label. */
export const tickLabels = (ticks: readonly (number | null)[]): string[] => {
  const shown = ticks.filter((tick) => tick !== null)
  const gaps = shown.slice(1).map((tick, i) => Math.abs(tick - (shown[i] as number))).filter((gap) => gap > 0)
  const digits = gaps.length === 0 ? 3 : Math.max(0, Math.ceil(-Math.log10(Math.min(...gaps)) - 1e-9))
  return ticks.map((tick) => (tick === null ? "" : digits > 6 || Math.abs(tick) >= 1e6 ? figure(tick, 3) : tick.toFixed(Math.min(6, digits))))
}
