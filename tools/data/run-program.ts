/** Runs a program and waits for it; what goes wrong is a value. */
import * as E from "fp-ts/lib/Either.js"
import { spawn } from "node:child_process"

/** Left says in a few words why `program` did not succeed. Its standard output is not read. */
export type RunProgram = (program: string, args: readonly string[], cwd: string, signal: AbortSignal) => Promise<E.Either<string, null>>

export const runProgram: RunProgram = (program, args, cwd, signal) =>
  new Promise((done, fail) => {
    const child = spawn(program, args, { cwd, signal, stdio: ["ignore", "ignore", "pipe"] })
    let complaint = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text))
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (signal.aborted) fail(error)
      else done(E.left(error.code === "ENOENT" ? `the program ${program} is not installed` : `${program} did not start: ${error.message}`))
    })
    child.on("close", (code) => {
      const last = complaint.trim().split("\n").filter((line) => !line.startsWith("W:")).at(-1) ?? ""
      if (!signal.aborted) done(code === 0 ? E.right(null) : E.left(`${program} ended with code ${code}${last === "" ? "" : `: ${last}`}`))
    })
  })
