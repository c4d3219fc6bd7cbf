/** Durations for people: `340 ms`, `12.3 s`, `4 min 05 s`, `2 h 10 min`. */

export const duration = (ms: number): string => {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

const pad = (n: number): string => String(n).padStart(2, "0")

const units = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000 } as const

/** Milliseconds of `90s`, `1.5 h`, `20m`, `500ms`; undefined for anything else. */
export const parseDuration = (text: string): number | undefined => {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)$/.exec(text.trim()) ?? []
  const ms = Number(number) * (units[unit as keyof typeof units] ?? 0)
  return ms > 0 && Number.isFinite(ms) ? ms : undefined
}

/** How long ago, for people: `just now`, `5 min ago`, `3 h ago`, else the date. */
export const ago = (at: number, now: number): string => {
  const minutes = Math.floor((now - at) / 60_000)
  if (minutes < 1) return "just now"
  if (minutes < 60) return `${minutes} min ago`
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h ago` : moment(at)
}

/** Local date and time, to the minute: `2026-11-25 21:22`. */
export const moment = (at: number): string => {
  const date = new Date(at)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}`
}
