/** The connection of a page in a browser: a WebSocket to where the page came from, frames and timers of the window. */
import type { Surroundings } from "./connection.ts"

/** Server's code for "not let in": a wrong token, origin or host (RFC 6455: 1008, policy violation). */
const policyViolation = 1008

export const browserSurroundings = (location: Location): Surroundings => {
  let isAsked = false
  return {
    open: ({ opened, received, closed }) => {
      const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/socket${location.search}`)
      socket.onopen = opened
      socket.onmessage = ({ data }) => received(String(data))
      socket.onclose = ({ code }) => closed(code === policyViolation)
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
