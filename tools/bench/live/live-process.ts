/** `cambium live` in a process of its own, as a user starts it, and a socket to it. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as E from "fp-ts/lib/Either.js"
import WebSocket from "ws"
import { emptyState } from "./empty-state.ts"
import { ServerMessage, withChange, type ClientMessage, type LiveState } from "../../../src/live/protocol.ts"

export interface LiveProcess {
  /** With the token. */
  readonly address: string
  readonly pid: number
  /** Where to inspect it, when it was started with `--inspect`. */
  readonly inspector: string | undefined
  readonly stop: () => Promise<void>
}

const program = fileURLToPath(new URL("../../cambium.mjs", import.meta.url))

/** `nodeArgs` are for Node itself. Rejects when it ends before it has said where it is. */
export const startLive = (args: readonly string[], cwd: string, nodeArgs: readonly string[] = []): Promise<LiveProcess> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeArgs, program, "live", ...args, "--no-open", "--port", "0"], { cwd, stdio: ["ignore", "pipe", "pipe"] })
    let said = ""
    const ended = new Promise<void>((done) => child.on("close", () => done()))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text))
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const address = /^http:\S+$/m.exec(text)?.[0]
      if (address !== undefined) resolve({ address, pid: child.pid ?? 0, inspector: /ws:\S+/.exec(said)?.[0], stop: async () => (child.kill("SIGINT"), await ended) })
    })
    void ended.then(() => reject(new Error(`cambium live ended:\n${said}`)))
  })

export interface LiveSocket {
  readonly state: () => LiveState
  readonly say: (message: ClientMessage) => void
  /** Called with each message, after the state has it. */
  readonly onMessage: (hear: (message: ServerMessage) => void) => void
  /** Resolves when the state is as wanted. */
  readonly until: (is: (state: LiveState) => boolean) => Promise<void>
  readonly close: () => void
}

/** Says hello, and resolves with the first state. */
export const connectLive = (address: string): Promise<LiveSocket> =>
  new Promise((resolve, reject) => {
    const { host, searchParams } = new URL(address)
    const socket = new WebSocket(`ws://${host}/socket`, { headers: { authorization: `Bearer ${searchParams.get("token")}` } })
    let state = emptyState
    const listeners = new Set<(message: ServerMessage) => void>()
    const line: LiveSocket = {
      state: () => state,
      say: (message) => socket.send(JSON.stringify(message)),
      onMessage: (hear) => void listeners.add(hear),
      until: (is) =>
        new Promise((done) => {
          const look = (): void => {
            if (!is(state)) return
            listeners.delete(look)
            done()
          }
          listeners.add(look)
          look()
        }),
      close: () => socket.close(),
    }
    socket.on("open", () => line.say({ type: "hello", protocol: 1, session: null, seq: 0 }))
    socket.on("error", reject)
    socket.on("message", (data) => {
      const message = ServerMessage.decode(JSON.parse(String(data)))
      if (E.isLeft(message)) return reject(new Error("a message that is not of the protocol"))
      if (message.right.type === "state") {
        state = withChange(message.right.whole ? emptyState : state, message.right.change)
        resolve(line)
      }
      for (const hear of [...listeners]) hear(message.right)
    })
  })

/** Everything that is needed is computed, and nothing is under way; what nothing needs stays stale. */
export const isSettled = ({ statuses, engine }: LiveState): boolean => !engine.isBusy && Object.keys(statuses).length > 0
