/**
 * A server that speaks the protocol and runs nothing: it serves the built page under the policy of the real one, gives
 * every page the state it is told, and keeps what pages sent. For tests of the page alone.
 */
import * as E from "fp-ts/lib/Either.js"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join } from "node:path"
import { WebSocketServer, type WebSocket } from "ws"
import { ClientMessage, protocolVersion, withChange, type LiveChange, type LiveState, type ServerMessage } from "../../../../src/live/protocol.ts"
import type { Answer, Question } from "../../../../src/live/protocol/question.ts"

export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const types: { readonly [extension: string]: string } = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" }

export interface FakeServer {
  readonly url: string
  /** What pages sent, in order. */
  readonly received: ClientMessage[]
  /** Changes the state, and tells every page. */
  readonly change: (change: LiveChange) => void
  /** Ends every connection; while `gone`, new ones too. */
  readonly drop: (gone: boolean) => void
  readonly close: () => Promise<void>
}

export const fakeServer = async (folder: string, first: LiveState, answer: (question: Question) => Answer | undefined = () => undefined): Promise<FakeServer> => {
  let state = first
  let seq = 1
  let isGone = false
  const received: ClientMessage[] = []
  const http = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname
    const file = path === "/" ? "/index.html" : path
    try {
      const body = await readFile(join(folder, file))
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream", "content-security-policy": policy }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  const sockets = new WebSocketServer({ server: http, path: "/socket" })
  const tell = (socket: WebSocket, message: ServerMessage): void => socket.send(JSON.stringify(message))
  sockets.on("connection", (socket) => {
    if (isGone) return socket.terminate()
    socket.on("message", (data) => {
      const decoded = ClientMessage.decode(JSON.parse(String(data)))
      if (E.isLeft(decoded)) return tell(socket, { type: "refused", id: null, messages: ["not a message"] })
      const message = decoded.right
      received.push(message)
      if (message.type === "hello") tell(socket, { type: "state", protocol: protocolVersion, session: "fake", seq, whole: true, change: state })
      if (message.type === "edit" || message.type === "act") tell(socket, { type: "accepted", id: message.id, revision: state.engine.revision })
      const reply = message.type === "watch" ? answer(message.question) : undefined
      if (message.type === "watch" && reply !== undefined) tell(socket, { type: "answer", id: message.id, answer: reply })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    received,
    change: (change) => {
      state = withChange(state, change)
      seq++
      for (const socket of sockets.clients) tell(socket, { type: "state", protocol: protocolVersion, session: "fake", seq, whole: false, change })
    },
    drop: (gone) => {
      isGone = gone
      sockets.clients.forEach((socket) => socket.terminate())
    },
    close: async () => {
      sockets.clients.forEach((socket) => socket.terminate())
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
