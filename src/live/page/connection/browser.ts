/** The connection of a page in a browser: a WebSocket to where the page came from, frames and timers of the window. */
import type { Surroundings } from "./connection.ts"

export const browserSurroundings = (location: Location): Surroundings => {
  let isAsked = false
  return {
    open: ({ opened, received, closed }) => {
      const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/socket`)
      let hasOpened = false
      socket.onopen = () => {
        hasOpened = true
        opened()
      }
      socket.onmessage = ({ data }) => received(String(data))
      // A browser does not tell a socket that was refused from one that found nobody; HTTP does.
      socket.onclose = () => (hasOpened ? closed(false) : void isRefused().then(closed))
      return { send: (text) => socket.send(text), close: () => socket.close() }
    },
    after: (ms, then) => {
      const timer = setTimeout(then, ms)
      return () => clearTimeout(timer)
    },
    // A hidden page is given no frames: it takes in what comes, and draws when it is looked at again.
    whenDrawn: (then) => {
      if (isAsked) return
      isAsked = true
      requestAnimationFrame(() => {
        isAsked = false
        then()
      })
    },
    random: Math.random,
  }
}

const isRefused = (): Promise<boolean> => fetch("/", { method: "HEAD" }).then(({ status }) => status === 403, () => false)
