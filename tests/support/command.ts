/** Runs the real command in a process of its own, in a scratch folder, and collects what it says. */
import { spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as E from "fp-ts/lib/Either.js"
import { Line as LineSchema } from "../../tools/command/line-schema.ts"

const program = fileURLToPath(new URL("../../tools/cambium.mjs", import.meta.url))

/** The path of a graph file of the tests. */
export const graphFile = (name: string): string => fileURLToPath(new URL(`graphs/${name}`, import.meta.url))

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output, line by line as JSON; reading it fails where a line is none. */
  readonly lines: () => readonly Line[]
}

export interface Line {
  readonly type: string
  readonly node?: string
  readonly state?: string
  readonly why?: string
  readonly ms?: number
  readonly key?: string | null
  readonly output?: { readonly [port: string]: string }
  readonly value?: { readonly [column: string]: number }
  readonly error?: string
  readonly param?: string
  readonly ran?: number
  readonly reused?: number
  readonly failed?: number
  readonly seconds?: number
  readonly device?: string
  readonly report?: string | null
}

export interface Started {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when what it has said contains `text`. */
  readonly says: (text: string) => Promise<void>
}

/** A folder that is removed by `remove`. */
export const scratchFolder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), "cambium-test-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Starts `cambium ARGS` in `cwd`, not on a terminal and without colours. */
export const startCommand = (args: readonly string[], cwd: string): Started => {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, FORCE_COLOR: "0" }, stdio: ["ignore", "pipe", "pipe"] })
  let stdout = ""
  let stderr = ""
  const waiting = new Set<() => void>()
  const wake = (): void => waiting.forEach((check) => check())
  child.stdout.setEncoding("utf8").on("data", (text: string) => ((stdout += text), wake()))
  child.stderr.setEncoding("utf8").on("data", (text: string) => ((stderr += text), wake()))
  const ended = new Promise<Ended>((done, fail) => {
    child.on("error", fail)
    child.on("close", (code) => {
      done({ code, stdout, stderr, lines: () => stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line) })
      wake()
    })
  })
  const says = (text: string): Promise<void> =>
    new Promise((done, fail) => {
      const check = (): void => {
        const said = stdout.includes(text) || stderr.includes(text)
        if (!said && child.exitCode === null && child.signalCode === null) return
        waiting.delete(check)
        if (said) done()
        else fail(new Error(`ended without saying ${text}:\n${stdout}${stderr}`))
      }
      waiting.add(check)
      check()
    })
  return { process: child, ended, says }
}

/** Runs `cambium ARGS` to its end. */
export const runCommand = (args: readonly string[], cwd: string): Promise<Ended> => startCommand(args, cwd).ended

/** Lines that are not what `line-schema.ts` promises, with what is wrong with them. */
export const unpromised = (ended: Ended): readonly string[] =>
  ended.stdout.split("\n").filter((text) => text !== "").flatMap((text) => {
    const decoded = LineSchema.decode(JSON.parse(text))
    return E.isRight(decoded) ? [] : [text]
  })

/** Output hashes by node and port, of a run with `--json`. */
export const hashesOf = (ended: Ended): Readonly<Record<string, Line["output"]>> =>
  Object.fromEntries(ended.lines().flatMap((line) => (line.node === undefined ? [] : [[line.node, line.output]])))

/** State by node, of a run with `--json`. */
export const statesOf = (ended: Ended): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(ended.lines().flatMap((line) => (line.node === undefined ? [] : [[line.node, line.state]])))
