/** Opens the store of a command that only looks after what is there: one that does not exist is not made, one on a full disk is not refused. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { openStore } from "../../src/store/open-store.ts"
import { describeStoreError } from "../../src/store/store-error.ts"
import type { Store } from "../../src/store/store.ts"
import { exitCode } from "./exit-code.ts"
import { textOption, type CommandLine } from "./parse-command.ts"
import { defaultStore } from "./spec.ts"

/** Runs `use` on the store, shown as `name`, under a signal that Ctrl-C aborts; gives back the exit code. */
export const withExistingStore = async (line: CommandLine, use: (store: Store, name: string, signal: AbortSignal) => Promise<number>): Promise<number> => {
  const dir = resolve(textOption(line, "store") ?? defaultStore)
  const name = relative("", dir) || "."
  if (!existsSync(join(dir, "store.json"))) return console.error(`there is no store at ${name}; --store says where it is`), exitCode.wrongInput
  const store = await openStore(dir, { clock: systemClock, fullToo: true })
  if (E.isLeft(store)) return console.error(describeStoreError(store.left)), exitCode.failed
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  process.once("SIGINT", abort)
  process.once("SIGTERM", abort)
  try {
    return await use(store.right, name, controller.signal)
  } finally {
    process.off("SIGINT", abort)
    process.off("SIGTERM", abort)
    await store.right.close()
  }
}
