/**
 * An abort signal that is made when someone first looks at it: making one costs more than running a small node. A class,
 * because getters of an object written in place are made anew with each.
 */
export class LazySignal {
  #controller: AbortController | undefined
  #aborted = false
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort()
    }
    return this.#controller.signal
  }
  get aborted(): boolean {
    return this.#aborted
  }
  abort(): void {
    this.#aborted = true
    this.#controller?.abort()
  }
}
