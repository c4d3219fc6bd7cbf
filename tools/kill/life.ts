/** One process of `cambium run --json` on a store, and what it said before it ended or was killed. */
import * as E from "fp-ts/lib/Either.js"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Hash } from "../../src/base/hash.ts"
import { Line } from "../command/line-schema.ts"

const program = fileURLToPath(new URL("../cambium.mjs", import.meta.url))

/** A node that came to its end in this process. */
export interface Finished {
  readonly node: string
  readonly key: Hash
  readonly ran: boolean
  readonly resumedFrom: number
  /** Content hashes by port, as one text. */
  readonly contents: string
}

export interface Life {
  /** False when it was killed first. Rejects when the run failed by itself. */
  readonly ended: Promise<boolean>
  /** Resolves when it is so of the nodes that have come to their end; never, when the process ends first. */
  readonly when: (isSo: (paths: ReadonlySet<string>) => boolean) => Promise<void>
  readonly kill: () => void
  readonly finished: readonly Finished[]
  /** Milliseconds since it was started. */
  readonly ms: () => number
}

/** Starts `cambium run ARGS --json` in `cwd`. Kinds that need cores run in its worker threads, which die with it. */
export const startLife = (args: readonly string[], cwd: string): Life => {
  const from = performance.now()
  const child = spawn(process.execPath, [program, "run", ...args, "--json"], { cwd, stdio: ["ignore", "pipe", "pipe"] })
  const finished: Finished[] = []
  let errors = ""
  const paths = new Set<string>()
  let waiting: { readonly isSo: (paths: ReadonlySet<string>) => boolean; readonly resolve: () => void }[] = []
  const look = (): void => {
    for (const { isSo, resolve } of waiting) if (isSo(paths)) resolve()
    waiting = waiting.filter(({ isSo }) => !isSo(paths))
  }
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
  createInterface(child.stdout).on("line", (text) => {
    // The last line may be cut by the kill.
    const line = E.tryCatch(() => JSON.parse(text) as unknown, String)
    if (E.isLeft(line) || !Line.is(line.right) || line.right.type !== "node" || line.right.key === null) return
    const { node, state, key, output, resumedFrom = 0 } = line.right
    if (state === "ran" || state === "reused") {
      finished.push({ node, key, ran: state === "ran", resumedFrom, contents: contentsOf(output) })
      paths.add(node)
      look()
    }
  })
  const ended = new Promise<boolean>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(code === 0)
      else reject(new Error(`the run failed by itself (${code ?? signal}):\n${errors}`))
    })
  })
  const when: Life["when"] = (isSo) =>
    new Promise((resolve) => {
      waiting.push({ isSo, resolve })
      look()
    })
  return { ended, when, kill: () => void child.kill("SIGKILL"), finished, ms: () => performance.now() - from }
}

export const contentsOf = (outputs: { readonly [port: string]: Hash }): string => JSON.stringify(Object.entries(outputs).sort())
