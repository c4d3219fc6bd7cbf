/** `cambium verify`: reads everything in the store and hashes it again; what is damaged is removed, to be made again. SPEC W10. */
import * as E from "fp-ts/lib/Either.js"
import { systemClock } from "../../src/base/clock.ts"
import type { Hash } from "../../src/base/hash.ts"
import { verifyStore, type Verified } from "../../src/store/verify.ts"
import type { Store } from "../../src/store/store.ts"
import { byteSize } from "../../src/base/byte-size.ts"
import { exitCode } from "./exit-code.ts"
import { withExistingStore } from "./existing-store.ts"
import { paintFor } from "./paint.ts"
import { parseCommand } from "./parse-command.ts"
import { statusLine } from "./status-line.ts"

/** Exit code 1 when something was damaged. */
export const verifyCommand = async (args: readonly string[]): Promise<number> => {
  const line = parseCommand("verify", args)
  if (E.isLeft(line)) return console.error(line.left), exitCode.wrongInput
  return withExistingStore(line.right, async (store, name, signal) => {
    const status = statusLine(process.stderr, systemClock.now)
    const onProgress = (done: number, total: number): void => status.show(`${Math.floor((100 * done) / Math.max(1, total))} %, ${byteSize(done)} of ${byteSize(total)} read`)
    const found = await verifyStore(store, { signal, onProgress })
    status.clear()
    if (line.right.options["json"] === true) console.log(JSON.stringify({ type: "verify", store: store.dir, ...found }))
    else for (const text of textOf(store, name, found)) console.log(text)
    if (!found.complete) return exitCode.interrupted
    return found.damaged.length > 0 ? exitCode.failed : exitCode.done
  })
}

const textOf = (store: Store, name: string, { blobs, bytes, damaged, absent, complete }: Verified): readonly string[] => {
  const paint = paintFor(process.stdout)
  const kindOf = (key: Hash): string => {
    const { kind } = (store.notes.trace(key) ?? {}) as { readonly kind?: unknown }
    return typeof kind === "string" ? kind : "a node"
  }
  return [
    `${paint("bold", name)}  ${blobs} blobs, ${byteSize(bytes)} read${complete ? "" : paint("yellow", ", then stopped")}`,
    ...damaged.map(({ hash, reason, keys }) => `${paint("red", "damaged")} ${hash.slice(0, 12)}, ${reason}${keys[0] === undefined ? "" : `; made by ${kindOf(keys[0])}`}`),
    ...(absent === 0 ? [] : [paint("dim", `${absent} ${absent === 1 ? "result is" : "results are"} known by hash only`)]),
    damaged.length === 0 ? paint("green", complete ? "all of it is whole" : "what was read is whole") : "what was damaged is removed: it is made again when something needs it",
  ]
}
