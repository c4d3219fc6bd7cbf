/** An abort signal that is made when someone first looks at it: making one costs more than running a small node. */

export interface LazySignal {
  readonly signal: AbortSignal
  readonly aborted: boolean
  abort(): void
}

export const makeLazySignal = (): LazySignal => {
  let controller: AbortController | undefined
  let aborted = false
  return {
    get signal() {
      if (controller === undefined) {
        controller = new AbortController()
        if (aborted) controller.abort()
      }
      return controller.signal
    },
    get aborted() {
      return aborted
    },
    abort: () => {
      aborted = true
      controller?.abort()
    },
  }
}
