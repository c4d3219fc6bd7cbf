/** What a chart of curves shows, as plain data. */

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [number, number])[]
  /** 95 % interval of y, low and high, for each point. */
  readonly band?: readonly (readonly [number, number])[]
}

export interface LineChart {
  readonly x: string
  readonly y: string
  readonly lines: readonly Line[]
}

/** More lines than this cannot be told apart by a legend, so there is none. */
export const mostNamed = 16
