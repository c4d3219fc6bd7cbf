/**
 * Curves of nodes that run, from what they say of their progress: kept whole up to a number of points, then every other
 * one, so that a run of a million steps takes no more memory than one of a thousand. SPEC L3.
 */
import type { Progress } from "../engine/context.ts"
import type { Curve } from "../schema/views.ts"

const mostPoints = 2_000

export interface LiveCurves {
  /** The node begins anew. */
  readonly begin: (path: string) => void
  readonly add: (path: string, progress: Progress) => void
  readonly end: (path: string) => void
  /** Undefined when the node does not run or has said no figures. */
  readonly of: (path: string) => Curve | undefined
}

interface Running {
  readonly unit: string
  readonly labels: readonly string[]
  points: (readonly [x: number, ys: readonly number[]])[]
  /** Of the values that come, how many make one point. */
  every: number
  came: number
}

export const makeLiveCurves = (): LiveCurves => {
  const running = new Map<string, Running>()
  return {
    begin: (path) => void running.delete(path),
    end: (path) => void running.delete(path),
    add: (path, { done, unit, values }) => {
      if (values === undefined) return
      const labels = Object.keys(values)
      const one = running.get(path) ?? { unit, labels, points: [], every: 1, came: 0 }
      running.set(path, one)
      const ys = one.labels.map((label) => values[label] ?? Number.NaN)
      if (one.came++ % one.every !== 0 || !ys.every(Number.isFinite)) return
      one.points.push([done, ys])
      if (one.points.length <= mostPoints) return
      one.points = one.points.filter((_, i) => i % 2 === 0)
      one.every *= 2
    },
    of: (path) => {
      const one = running.get(path)
      if (one === undefined || one.points.length === 0) return undefined
      const [first = ""] = one.labels
      const series = one.labels.map((name, i) => ({ name: one.labels.length === 1 ? "" : name, points: one.points.map(([x, ys]) => [x, ys[i] as number] as const) }))
      return { title: first, x: one.unit, y: first, series }
    },
  }
}
