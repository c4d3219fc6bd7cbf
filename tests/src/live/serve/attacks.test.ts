/** Every way in that is not the front door, tried on a real server. SPEC L7, L8. */
import * as E from "fp-ts/lib/Either.js"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import WebSocket from "ws"
import { systemClock } from "#src"
import { readPageFiles } from "../../../../src/live/serve/page-files.ts"
import { openServer, type LiveServer } from "../../../../src/live/serve/server.ts"
import type { ServerMessage } from "../../../../src/live/protocol.ts"
import { testSession, type TestSession } from "../live-graph.ts"

const token = "right-token"
let made: TestSession
let server: LiveServer
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cambium-page-"))
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>")
  mkdirSync(join(folder, "assets"))
  writeFileSync(join(folder, "assets", "a.js"), "export {}")
  symlinkSync("/etc/passwd", join(folder, "assets", "linked.js"))
  made = testSession()
  await made.quiet()
  const opened = await openServer({ session: made.session, page: await readPageFiles(folder), host: "127.0.0.1", port: 0, token, clock: systemClock })
  if (E.isLeft(opened)) throw opened.left
  server = opened.right
})
afterAll(async () => {
  await server.close()
  await made.session.close()
  rmSync(folder, { recursive: true })
})

const cookie = (): string => `cambium-${server.port}=${token}`
const host = (): string => `127.0.0.1:${server.port}`

interface Reply {
  readonly status: number
  readonly body: string
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
}

const get = (path: string, headers: { readonly [name: string]: string } = { cookie: cookie() }, method = "GET"): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: server.port, path, method, headers: { host: host(), ...headers } }, (response) => {
      let body = ""
      response.setEncoding("utf8").on("data", (text: string) => (body += text)).on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
    asked.on("error", reject)
    asked.end()
  })

/** As written, with nothing made right on the way. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let reply = ""
    const socket = connect(server.port, "127.0.0.1", () => socket.write(text))
    socket.setEncoding("utf8").on("data", (data: string) => (reply += data)).on("end", () => resolve(reply)).on("error", reject)
    socket.setTimeout(2_000, () => socket.destroy(new Error("no answer")))
  })

/** "open", or the status with which the handshake was refused. */
const knock = (headers: { readonly [name: string]: string }, path = "/socket"): Promise<"open" | number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${host()}${path}`, { headers })
    socket.on("open", () => (socket.close(), resolve("open")))
    socket.on("unexpected-response", (_, response) => (resolve(response.statusCode ?? 0), socket.terminate()))
    socket.on("error", (error) => (/Unexpected server response/.test(error.message) ? undefined : reject(error)))
  })

const ours = (): { readonly [name: string]: string } => ({ cookie: cookie(), origin: `http://${host()}` })

describe("the token", () => {
  it("L8: without it, or with another, nothing is served", async () => {
    for (const headers of [{}, { cookie: `cambium-${server.port}=wrong` }, { cookie: `cambium-1=${token}` }, { authorization: "Bearer wrong" }, { authorization: token }, { cookie: `cambium-${server.port}=` }]) {
      expect((await get("/", headers as never)).status).toBe(403)
      expect(await knock({ origin: `http://${host()}`, ...headers } as never)).toBe(403)
    }
    for (const path of ["/?token=wrong", "/?token=", `/assets/a.js?token=${token}`, `/socket?token=${token}`]) expect((await get(path, {})).status).toBe(403)
    expect(await knock({ origin: `http://${host()}` }, `/socket?token=${token}`)).toBe(403)
  })

  it("L8: is taken from the address once, and is in no address afterwards", async () => {
    const { status, headers, body } = await get(`/?token=${token}`, {})
    expect(status).toBe(303)
    expect(headers).toMatchObject({ location: "/", "referrer-policy": "no-referrer", "cache-control": "no-store", "set-cookie": [`${cookie()}; HttpOnly; SameSite=Strict; Path=/`] })
    expect(body).toBe("")
    expect(await get("/")).toMatchObject({ status: 200, body: "<!doctype html><title>page</title>" })
    expect((await get("/", { authorization: `Bearer ${token}` })).status).toBe(200)
    expect(await knock(ours())).toBe("open")
  })
})

describe("other sites", () => {
  it("L8: a name that was made to point here is not served (DNS rebinding)", async () => {
    for (const name of ["evil.example", `evil.example:${server.port}`, `127.0.0.1.evil.example:${server.port}`, `127.0.0.1:${server.port + 1}`, "127.0.0.1", `localhost.evil.example:${server.port}`, `@127.0.0.1:${server.port}`]) {
      expect((await get("/", { host: name, cookie: cookie() })).status, name).toBe(403)
      expect(await knock({ host: name, cookie: cookie(), origin: `http://${name}` }), name).toBe(403)
    }
    expect((await get("/", { host: `localhost:${server.port}`, cookie: cookie() })).status).toBe(200)
    expect(await raw(`GET / HTTP/1.1\r\nHost: \r\nCookie: ${cookie()}\r\nConnection: close\r\n\r\n`)).toContain(" 403 ")
    expect(await raw(`GET / HTTP/1.0\r\nCookie: ${cookie()}\r\n\r\n`)).toContain(" 403 ")
  })

  it("L8: no page of another site gets a socket or a file, even with the cookie", async () => {
    for (const origin of ["http://evil.example", "null", `https://${host()}`, `http://localhost:${server.port}`, `http://127.0.0.1:${server.port + 1}`, `http://${host()}.evil.example`, "file://"]) {
      expect(await knock({ cookie: cookie(), origin }), origin).toBe(403)
      expect((await get("/", { cookie: cookie(), origin })).status, origin).toBe(403)
    }
    expect(await knock({ ...ours(), "sec-fetch-site": "cross-site" })).toBe(403)
    expect(await knock({ ...ours(), "sec-fetch-site": "same-site" })).toBe(403)
    expect(await knock({ ...ours(), "sec-fetch-site": "same-origin" })).toBe("open")
  })

  it("L8: the page may load, send to and be framed by nothing but itself", async () => {
    const { headers } = await get("/")
    const policy = String(headers["content-security-policy"])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain(`connect-src 'self' ws://${host()};`)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY", "cross-origin-resource-policy": "same-origin", "cross-origin-opener-policy": "same-origin" })
    expect((await get("/nothing", {})).headers["content-security-policy"]).toContain("default-src 'none'")
  })
})

describe("paths", () => {
  it("L8: only files of the page are served, whatever the path says", async () => {
    expect(await get("/assets/a.js")).toMatchObject({ status: 200, body: "export {}", headers: { "content-type": "text/javascript; charset=utf-8" } })
    const paths = [
      "/../package.json", "/assets/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/assets/%2e%2e%2f%2e%2e%2fetc/passwd", "//etc/passwd", "/etc/passwd",
      "/assets/linked.js", "/assets/a.js%00.html", "/assets", "/assets/", "/.", "/./index.html", "/index.html/", "/assets\\..\\index.html", "/%00", "/__proto__", "/constructor",
    ]
    for (const path of paths) expect((await get(path)).status, path).toBe(404)
    for (const path of ["/../../etc/passwd", "file:///etc/passwd", "http://evil.example/", "\\..\\..\\etc\\passwd", "*"]) {
      const reply = await raw(`GET ${path} HTTP/1.1\r\nHost: ${host()}\r\nCookie: ${cookie()}\r\nConnection: close\r\n\r\n`)
      expect(reply, path).toMatch(/^HTTP\/1.1 (404|400|403)/)
      expect(reply).not.toContain("root:")
    }
    expect(await raw(`GET /a\0b HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 400/)
  })

  it("L8: nothing is written, and there is no socket but one", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) expect((await get("/", { cookie: cookie() }, method)).status, method).toBe(405)
    expect(await get("/", { cookie: cookie() }, "HEAD")).toMatchObject({ status: 200, body: "" })
    expect(await knock(ours(), "/other")).toBe(403)
    expect(await knock(ours(), "/socket/../socket2")).toBe(403)
  })
})

const open = (): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${host()}/socket`, { headers: ours() })
    socket.on("open", () => resolve(socket)).on("error", reject)
  })
const closed = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.on("close", (code) => resolve(code)))
const heard = (socket: WebSocket): ServerMessage[] => {
  const all: ServerMessage[] = []
  socket.on("message", (data) => all.push(JSON.parse(String(data)) as ServerMessage))
  return all
}

describe("sockets", () => {
  it("L7: a message that is too long ends the connection, and no other", async () => {
    const [bad, good] = [await open(), await open()]
    const all = heard(good)
    bad.send("x".repeat(256 * 1024 + 1))
    expect(await closed(bad)).toBe(1009)
    good.send(JSON.stringify({ type: "hello", protocol: 1, session: null, seq: 0 }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(all[0]).toMatchObject({ type: "state", whole: true })
    good.close()
  })

  it("L7: too many messages at once end the connection", async () => {
    const socket = await open()
    const end = closed(socket)
    for (let i = 0; i < 1_000; i++) socket.send(JSON.stringify({ type: "unwatch", id: String(i) }))
    expect(await end).toBe(1008)
  })

  it("L7: what is no message is refused in words, binary not read, and nothing is done", async () => {
    const socket = await open()
    const all = heard(socket)
    const seq = made.session.board.seq()
    for (const text of ["", "{", "[]", "null", '{"type":"edit"}', '{"type":"edit","id":"1","gesture":null,"edit":{"op":"set","node":"mix","params":{"__proto__":{"weight":1}}}}']) socket.send(text)
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(all).toHaveLength(6)
    expect(all[5]).toMatchObject({ type: "refused", id: "1", messages: [expect.stringContaining("an unknown param __proto__")] })
    expect(all.slice(0, 5).every((one) => one.type === "refused" && one.id === null && one.messages.length === 1)).toBe(true)
    expect(({} as { readonly weight?: unknown }).weight).toBeUndefined()
    // The number of pages is all that has changed.
    expect(Object.keys(made.session.board.since(seq) ?? {}).filter((part) => part !== "engine")).toEqual([])
    const end = closed(socket)
    socket.send(Buffer.from([1, 2, 3]))
    expect(await end).toBe(1003)
  })

  it("L7: there are no more than 64 pages at a time", async () => {
    while (made.session.board.get("engine").pages > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const sockets = await Promise.all(Array.from({ length: 64 }, open))
    expect(await knock(ours())).toBe(503)
    const ends = sockets.map(closed)
    for (const socket of sockets) socket.close()
    await Promise.all(ends)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await knock(ours())).toBe("open")
  })
})
