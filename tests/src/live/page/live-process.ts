/** `cambium live` as a user starts it: on a copy of a graph file that a test may break, with a store of its own. */
import { spawn, type ChildProcess } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../../../../", import.meta.url))
const program = join(root, "tools", "cambium.mjs")

export interface Place {
  readonly folder: string
  /** The copy of the graph file; inside the project, where its imports lead somewhere. */
  readonly file: string
  readonly store: string
  readonly remove: () => void
}

export const placeFor = (graph: string): Place => {
  mkdirSync(join(root, ".cambium"), { recursive: true })
  const folder = mkdtempSync(join(root, ".cambium", "live-test-"))
  const file = join(folder, basename(graph))
  copyFileSync(graph, file)
  return { folder, file, store: join(folder, "store"), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface LiveProcess {
  /** With its token. */
  readonly url: string
  readonly port: string
  readonly kill: (signal: "SIGINT" | "SIGKILL") => Promise<number | null>
}

/** Rejects with what was said when it ends before it has an address. */
export const startLive = ({ file, store }: Place, args: readonly string[] = []): Promise<LiveProcess> =>
  new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, [program, "live", file, "--no-open", "--store", store, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
    const ended = new Promise<number | null>((done) => child.once("close", done))
    let said = ""
    child.stderr?.on("data", (text) => (said += String(text)))
    child.stdout?.on("data", (text) => {
      const url = /http:\S+/.exec(String(text))?.[0]
      if (url === undefined) return
      resolve({ url, port: new URL(url).port, kill: (signal) => (child.kill(signal), ended) })
    })
    void ended.then((code) => reject(new Error(`cambium live ended with ${code}: ${said}`)))
  })
