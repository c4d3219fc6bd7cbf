/** The server's memory over an hour of use, made short: edits, undone and not, and pages that come, look and go. Linux only. */
import { connectLive, isSettled, type LiveProcess } from "./live-process.ts"
import { residentBytes } from "./load.ts"

export interface MemoryRounds {
  readonly rounds: number
  /** A person makes some hundred edits an hour. */
  readonly editsARound: number
  readonly knob: string
  readonly param: string
}

const pages = 20

/** Megabytes after each round. */
export const memoryOverTime = async ({ address, pid }: LiveProcess, { rounds, editsARound, knob, param }: MemoryRounds): Promise<readonly number[]> => {
  const socket = await connectLive(address)
  await socket.until(isSettled)
  const found: number[] = []
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
    found.push(residentBytes(pid) / 1e6)
  }
  socket.close()
  return found
}
