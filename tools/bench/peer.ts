/**
 * One peer of the benchmark: a process of its own that trains the workload of a folder and is asked for steps.
 *
 * The protocol is one JSON line each way. The peer says hello when it is ready (`Hello`); then every `{"steps": n}` is
 * answered by the losses and times of the next n training steps and the process's peak resident set (`Answer`).
 * It ends when its input ends. Not here: which peers there are (`roster.ts`).
 */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

export interface Hello {
  readonly ready: true
  /** What runs, with its version. */
  readonly version: string
  /** How it runs: threads, instruction set, BLAS library. */
  readonly detail: string
  /** Trained parameters. */
  readonly params: number
  /** Why a comparison with this installation would not be fair. */
  readonly unfair?: string
}

export interface Answer {
  /** Of each step, before its update. */
  readonly losses: readonly number[]
  /** Wall time of each step, milliseconds. */
  readonly ms: readonly number[]
  /** Processor time of these steps, all threads, milliseconds. */
  readonly cpuMs: number
  /** Peak resident set of the process so far, KiB. */
  readonly peakKb: number
}

export interface Peer {
  readonly hello: Hello
  steps(count: number): Promise<Answer>
  /** Ends the process and waits for it. */
  close(): Promise<void>
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a peer and waits for its hello. Rejects with what it wrote to standard error when it ends early. */
export const startPeer = async ({ command, args, env = {} }: Launch): Promise<Peer> => {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } })
  let complaint = ""
  child.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)))
  // Writing to a process that has died is reported by its exit, not by an unhandled error event.
  child.stdin.on("error", () => undefined)
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message))
    child.on("close", (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}: ${complaint.trim() || "no message"}`))
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const line = await lines.next()
    if (line.done === true) throw new Error(await ended)
    return JSON.parse(line.value)
  }
  const hello = (await Promise.race([next(), ended.then((why) => Promise.reject(new Error(why)))])) as Hello
  return {
    hello,
    steps: async (count) => {
      child.stdin.write(`${JSON.stringify({ steps: count })}\n`)
      return (await next()) as Answer
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
