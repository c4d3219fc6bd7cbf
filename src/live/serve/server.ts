/** The server of the live page: its files over HTTP, everything else over one WebSocket a page. SPEC L2, L7, L8. */
import * as E from "fp-ts/lib/Either.js"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { WebSocketServer, type WebSocket } from "ws"
import type { Clock } from "../../base/clock.ts"
import type { Session } from "../session.ts"
import { makeFeed, makeStateTexts } from "./feed.ts"
import { judge, safetyHeaders, type Asking, type Guarded } from "./guard.ts"
import type { PageFiles } from "./page-files.ts"
import { makeRate } from "./rate.ts"

export interface ServerOptions {
  readonly session: Session
  readonly page: PageFiles
  /** Address or name to listen on. */
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly token: string
  readonly clock: Clock
}

export interface LiveServer {
  readonly port: number
  /** Ends all connections. */
  readonly close: () => Promise<void>
}

const mostPages = 64
/** A message of a page is an edit or a question: small. */
const mostMessageBytes = 256 * 1024
const messagesAtOnce = 600
const messagesPerSecond = 200
const beatMs = 15_000

/** Left is the system's error: the port is taken, the host is not ours. */
export const openServer = async ({ session, page, host, port, token, clock }: ServerOptions): Promise<E.Either<NodeJS.ErrnoException, LiveServer>> => {
  let guarded: Guarded = { token, port, name: host }
  const stateText = makeStateTexts(session)
  const http = createServer((request, response) => answer(request, response, guarded, page))
  http.headersTimeout = 10_000
  http.requestTimeout = 10_000
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostMessageBytes, perMessageDeflate: false, clientTracking: true })
  const alive = new WeakSet<WebSocket>()
  const attach = (socket: WebSocket): void => {
    alive.add(socket)
    session.setPages(sockets.clients.size)
    const feed = makeFeed({
      session,
      now: clock.now,
      rate: makeRate(messagesAtOnce, messagesPerSecond, clock.now),
      stateText,
      line: { send: (text) => socket.send(text), waiting: () => socket.bufferedAmount, close: (code, reason) => socket.close(code, reason) },
    })
    socket.on("message", (data, isBinary) => (isBinary ? socket.close(1003, "text only") : feed.hear(String(data))))
    socket.on("pong", () => alive.add(socket))
    // A message that is too long, or no WebSocket at all: `close` follows.
    socket.on("error", () => undefined)
    socket.on("close", () => {
      feed.close()
      session.setPages(sockets.clients.size)
    })
  }
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => undefined)
    const verdict = judge(askingOf(request), guarded, true)
    if (verdict._tag !== "allowed" || verdict.path !== "/socket") return refuse(socket, 403, "Forbidden")
    if (sockets.clients.size >= mostPages) return refuse(socket, 503, "Too many pages")
    sockets.handleUpgrade(request, socket, head, attach)
  })
  // A page whose machine went to sleep says nothing, and never closes.
  const beat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, beatMs)
  beat.unref()
  const listening = await new Promise<E.Either<NodeJS.ErrnoException, number>>((resolve) => {
    http.once("error", (error) => resolve(E.left(error)))
    http.listen({ host, port }, () => resolve(E.right((http.address() as AddressInfo).port)))
  })
  if (E.isLeft(listening)) {
    clearInterval(beat)
    return listening
  }
  guarded = { ...guarded, port: listening.right }
  return E.right({
    port: listening.right,
    close: async () => {
      clearInterval(beat)
      for (const socket of sockets.clients) socket.close(1001, "the server is stopped")
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), 200).unref()
      http.closeIdleConnections()
      await closed
    },
  })
}

const askingOf = ({ method = "", url = "", headers }: IncomingMessage): Asking => {
  const site = headers["sec-fetch-site"]
  return { method, url, host: headers.host, origin: headers.origin, cookie: headers.cookie, authorization: headers.authorization, site: typeof site === "string" ? site : undefined }
}

const refuse = (socket: Duplex, status: number, reason: string): void => {
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

const answer = (request: IncomingMessage, response: ServerResponse, guarded: Guarded, page: PageFiles): void => {
  const asking = askingOf(request)
  const verdict = judge(asking, guarded, false)
  for (const [name, value] of Object.entries(safetyHeaders(verdict._tag === "refused" ? "localhost" : (asking.host ?? "")))) response.setHeader(name, value)
  response.setHeader("Cache-Control", "no-store")
  const end = (status: number, text: string): void => {
    response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" })
    response.end(asking.method === "HEAD" ? undefined : `${text}\n`)
  }
  if (verdict._tag === "refused") return end(verdict.status, verdict.reason)
  if (verdict._tag === "welcome") {
    response.writeHead(303, { "Set-Cookie": verdict.cookie, Location: verdict.location })
    response.end()
    return
  }
  const file = page.get(verdict.path)
  if (file === undefined) return end(404, "there is no such page")
  response.setHeader("Content-Type", file.type)
  response.setHeader("Content-Length", file.bytes.length)
  if (file.isFixed) response.setHeader("Cache-Control", "private, max-age=31536000, immutable")
  response.writeHead(200)
  response.end(asking.method === "HEAD" ? undefined : file.bytes)
}
