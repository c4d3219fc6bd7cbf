/** `cambium gc`: shows what the store could do without, what it would cost to make it again, and with `--yes` removes it. SPEC W9. */
import * as E from "fp-ts/lib/Either.js"
import { systemClock } from "../../src/base/clock.ts"
import { collect, planCollection, type Collection } from "../../src/store/collect.ts"
import type { Store } from "../../src/store/store.ts"
import { byteSize, parseByteSize } from "../../src/base/byte-size.ts"
import { duration } from "./duration.ts"
import { evictedByKind, kindOf } from "./evicted.ts"
import { exitCode } from "./exit-code.ts"
import { withExistingStore } from "./existing-store.ts"
import { paintFor } from "./paint.ts"
import { environmentQuota } from "./keep-quota.ts"
import { listOption, parseCommand, textOption } from "./parse-command.ts"
import { statusLine } from "./status-line.ts"

export const gcCommand = async (args: readonly string[]): Promise<number> => {
  const line = parseCommand("gc", args)
  if (E.isLeft(line)) return console.error(line.left), exitCode.wrongInput
  const quotaText = textOption(line.right, "quota")
  const quota = quotaText === undefined ? E.right(undefined) : parseByteSize(quotaText)
  if (E.isLeft(quota)) return console.error(`--quota: ${quota.left}`), exitCode.wrongInput
  const yes = line.right.options["yes"] === true
  return withExistingStore(line.right, async (store, name, signal) => {
    const forget = listOption(line.right, "forget")
    const unknown = forget.find((run) => !store.pins.names().includes(run))
    if (unknown !== undefined) return console.error(`--forget ${unknown}: no run of that name is kept; kept are ${store.pins.names().join(", ") || "none"}`), exitCode.wrongInput
    // A dry run changes nothing: it only leaves those names out.
    const pins = { ...store.pins, names: () => store.pins.names().filter((run) => !forget.includes(run)) }
    const now = systemClock.wall()
    const plan = await planCollection({ ...store, pins }, { now, ...(quota.right === undefined ? {} : { quota: quota.right }) })
    const status = statusLine(process.stderr, systemClock.now)
    let freed: number | undefined
    if (yes) {
      for (const run of forget) await store.pins.letGo(run)
      freed = await collect(store, plan, { now, signal, onProgress: (done) => status.show(`removed ${done} of ${plan.evictions.length}`) })
      status.clear()
    }
    if (line.right.options["json"] === true) console.log(JSON.stringify(jsonOf(store, plan, quota.right, freed)))
    else for (const text of textOf(store, name, plan, quota.right, freed)) console.log(text)
    return signal.aborted ? exitCode.interrupted : exitCode.done
  })
}

const jsonOf = (store: Store, plan: Collection, quota: number | undefined, freed: number | undefined) => ({
  type: "gc",
  store: store.dir,
  blobs: plan.blobs,
  bytes: plan.bytes,
  inUse: plan.rooted,
  quota: quota ?? null,
  evictions: plan.evictions.map((one) => ({ hash: one.hash, bytes: one.bytes, reason: one.reason, kind: kindOf(store, one), key: one.key ?? null, ms: one.ms })),
  evictedBytes: plan.freed,
  evictedMs: plan.ms,
  freed: freed ?? null,
})

const textOf = (store: Store, name: string, plan: Collection, quota: number | undefined, freed: number | undefined): readonly string[] => {
  const paint = paintFor(process.stdout)
  const head = `${paint("bold", name)}  ${byteSize(plan.bytes)} in ${count(plan.blobs, "blob")}, ${byteSize(plan.rooted)} of it in use`
  const over = quota === undefined ? 0 : plan.bytes - plan.freed - quota
  const short = over > 0 ? [paint("yellow", `${byteSize(over)} over the quota would stay: what is in use is never removed`)] : []
  const kept = environmentQuota()
  const always = kept === undefined ? [paint("dim", "runs drop nothing by themselves: run --quota SIZE, or CAMBIUM_QUOTA, has them do it")] : [paint("dim", `runs keep it within ${kept} (CAMBIUM_QUOTA)`)]
  if (plan.evictions.length === 0) return [head, ...short, ...always, quota === undefined ? "nothing is unused; --quota SIZE tells what would go to make room" : "nothing has to go"]
  const rows = evictedByKind(store, plan.evictions).map(({ kind, blobs, bytes, ms }) => [kind, String(blobs), byteSize(bytes), kind === "unused" ? "-" : duration(ms)])
  const table = [[freed === undefined ? "would go" : "went", "blobs", "size", "to make again"], ...rows, ["together", String(plan.evictions.length), byteSize(plan.freed), duration(plan.ms)]]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "))
  const end = freed === undefined ? paint("dim", "nothing was removed: --yes does it") : `${byteSize(freed)} freed`
  return [head, "", paint("dim", lines[0] ?? ""), ...lines.slice(1), "", ...short, ...always, end]
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`
