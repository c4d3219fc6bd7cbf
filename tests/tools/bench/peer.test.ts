import { describe, expect, it } from "vitest"
import { startPeer } from "../../../tools/bench/peer.ts"

const node = (script: string) => ({ command: process.execPath, args: ["-e", script] })

const echo = `
  const reply = (message) => console.log(JSON.stringify(message))
  reply({ ready: true, version: "echo", detail: process.env.DETAIL, params: 3 })
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { steps } = JSON.parse(line)
    if (steps === 13) { console.error("unlucky"); process.exit(4) }
    reply({ losses: Array(steps).fill(1), ms: Array(steps).fill(2), cpuMs: 3, peakKb: 5 })
  })
`

describe("a peer process", () => {
  it("says hello, answers for steps and ends when closed, more than once", async () => {
    const peer = await startPeer({ ...node(echo), env: { DETAIL: "as told" } })
    expect(peer.hello).toEqual({ ready: true, version: "echo", detail: "as told", params: 3 })
    expect(await peer.steps(2)).toEqual({ losses: [1, 1], ms: [2, 2], cpuMs: 3, peakKb: 5 })
    await peer.close()
    await peer.close()
  })

  it("rejects with what the process said when it dies, before its hello or after", async () => {
    await expect(startPeer(node(`console.error("no such module"); process.exit(3)`))).rejects.toThrow("ended with code 3: no such module")
    const peer = await startPeer(node(echo))
    await expect(peer.steps(13)).rejects.toThrow("ended with code 4: unlucky")
    await peer.close()
  })

  it("rejects when there is no such program", async () => {
    await expect(startPeer({ command: "/nonexistent/python", args: [] })).rejects.toThrow("ENOENT")
  })
})
