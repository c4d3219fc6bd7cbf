/**
 * The server's memory over some hours of use, made short: edits, undone and not, and pages that come, look and go. What
 * it holds is what is left after garbage is collected; resident is what the system has given it. Linux only.
 */
import WebSocket from "ws"
import { must } from "../../../src/base/assert.ts"
import { connectLive, isSettled, type LiveProcess } from "./live-process.ts"
import { residentBytes } from "./load.ts"

export interface MemoryRounds {
  readonly rounds: number
  /** A person makes some hundred edits an hour. */
  readonly editsARound: number
  readonly knob: string
  readonly param: string
}

/** Bytes after a round, of the thread that serves: objects, and arrays beside them; and of the process. */
export interface Memory {
  readonly heap: number
  readonly arrays: number
  readonly resident: number
}

const pages = 20

/** After each round. `live` was started with `--inspect`. */
export const memoryOverTime = async ({ address, pid, inspector }: LiveProcess, { rounds, editsARound, knob, param }: MemoryRounds): Promise<readonly Memory[]> => {
  const inspect = await openInspector(must(inspector, "a process with an inspector"))
  const socket = await connectLive(address)
  await socket.until(isSettled)
  const found: Memory[] = []
  let accepted = 0
  socket.onMessage((message) => {
    if (message.type === "accepted") accepted++
  })
  for (let round = 0; round < rounds; round++) {
    const open = await Promise.all(Array.from({ length: pages }, () => connectLive(address)))
    for (const page of open) page.say({ type: "watch", id: "w", question: { ask: "node", node: knob }, once: false })
    for (let i = 0; i < editsARound; i++) {
      const goal = accepted + 1
      if (i % 10 === 9) socket.say({ type: "act", id: `${round} ${i}`, act: { act: "undo" } })
      else socket.say({ type: "edit", id: `${round} ${i}`, gesture: null, edit: { op: "set", node: knob, params: { [param]: (round * editsARound + i) / (rounds * editsARound) } } })
      await socket.until(() => accepted >= goal)
      if (i % 10 === 0) await socket.until(isSettled)
    }
    await socket.until(isSettled)
    for (const page of open) page.close()
    found.push({ ...(await inspect.held()), resident: residentBytes(pid) })
  }
  inspect.close()
  socket.close()
  return found
}

interface Inspector {
  /** After everything that can go has gone. */
  readonly held: () => Promise<Pick<Memory, "heap" | "arrays">>
  readonly close: () => void
}

/** Speaks the Chrome DevTools protocol with a process. */
const openInspector = (address: string): Promise<Inspector> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(address)
    const waiting = new Map<number, (result: unknown) => void>()
    let last = 0
    const ask = (method: string, params: object = {}): Promise<unknown> =>
      new Promise((answer) => {
        waiting.set(++last, answer)
        socket.send(JSON.stringify({ id: last, method, params }))
      })
    socket.on("message", (data) => {
      const { id, result } = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown }
      if (id !== undefined) waiting.get(id)?.(result)
    })
    socket.on("error", reject)
    socket.on("open", () =>
      resolve({
        held: async () => {
          // What one collection lets go of may hold more.
          for (let i = 0; i < 2; i++) await ask("HeapProfiler.collectGarbage")
          const { result } = (await ask("Runtime.evaluate", { expression: "process.memoryUsage()", returnByValue: true })) as { readonly result: { readonly value: NodeJS.MemoryUsage } }
          return { heap: result.value.heapUsed, arrays: result.value.external }
        },
        close: () => socket.close(),
      }),
    )
  })
