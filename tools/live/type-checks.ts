/** Asks the checker process for the types of files. Without one (it ended, or cannot be started), nothing is wrong with them. */
import { fork, type ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Problem } from "../../src/live/protocol/status.ts"
import type { Checked } from "./check-types.ts"

export interface TypeChecks {
  /** The first takes seconds, those that follow a fraction of one. */
  readonly check: (files: readonly string[]) => Promise<readonly Problem[]>
  readonly close: () => void
}

export const openTypeChecks = (): TypeChecks => {
  let child: ChildProcess | undefined
  let isOver = false
  let asked = 0
  const waiting = new Map<number, (problems: readonly Problem[]) => void>()
  const end = (): void => {
    isOver = true
    child = undefined
    for (const tell of waiting.values()) tell([])
    waiting.clear()
  }
  const open = (): ChildProcess => {
    const started = fork(fileURLToPath(new URL("type-checker.mjs", import.meta.url)), { stdio: "ignore", execArgv: [] })
    started.on("message", ({ id, problems }: Checked) => {
      waiting.get(id)?.(problems)
      waiting.delete(id)
    })
    started.on("error", end).on("exit", end)
    started.unref()
    started.channel?.unref()
    return started
  }
  return {
    check: (files) => {
      if (isOver) return Promise.resolve([])
      child ??= open()
      const id = ++asked
      return new Promise((resolve) => {
        waiting.set(id, resolve)
        child?.send({ id, files }, (error) => {
          if (error !== null) end()
        })
      })
    },
    close: () => {
      isOver = true
      child?.kill()
    },
  }
}
