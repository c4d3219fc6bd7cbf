/** One line that is written over again while something lasts; nothing where nobody watches. */

export interface StatusLine {
  readonly show: (text: string) => void
  /** Leaves an empty line. */
  readonly clear: () => void
}

const everyMs = 100

export const statusLine = (stream: NodeJS.WriteStream, now: () => number): StatusLine => {
  let shownAt = -Infinity
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined }
  return {
    show: (text) => {
      if (now() - shownAt < everyMs) return
      shownAt = now()
      stream.write(`\r\u001b[K${text.slice(0, Math.max(20, stream.columns ?? 80) - 1)}`)
    },
    clear: () => void stream.write("\r\u001b[K"),
  }
}
