/** `cambium devices`: how fast every device is, which one runs will use and why; measured once and remembered. */
import * as E from "fp-ts/lib/Either.js"
import { availableParallelism, cpus } from "node:os"
import { resolve } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { counted } from "../../src/base/counted.ts"
import { openStore } from "../../src/store/open-store.ts"
import { describeStoreError } from "../../src/store/store-error.ts"
import { measureDevices } from "./device-choice.ts"
import { devicesText } from "./devices-text.ts"
import { exitCode } from "./exit-code.ts"
import { paintFor } from "./paint.ts"
import { parseCommand, textOption } from "./parse-command.ts"
import { defaultStore } from "./spec.ts"

export const devicesCommand = async (args: readonly string[]): Promise<number> => {
  const line = parseCommand("devices", args)
  if (E.isLeft(line)) {
    console.error(line.left)
    return exitCode.wrongInput
  }
  const store = await openStore(resolve(textOption(line.right, "store") ?? defaultStore), { clock: systemClock })
  if (E.isLeft(store)) {
    console.error(describeStoreError(store.left))
    return exitCode.failed
  }
  const { choice, at, others = 0 } = await measureDevices(store.right.notes, line.right.options["again"] === true)
  await store.right.close()
  if (line.right.options["json"] === true) console.log(JSON.stringify({ ...choice, others, at: new Date(at).toISOString() }, null, 2))
  else {
    const cores = availableParallelism()
    const machine = `${counted(cores, "core")}, ${cpus()[0]?.model.trim() ?? "of an unknown kind"}`
    console.log(devicesText(choice, { paint: paintFor(process.stdout), columns: process.stdout.columns ?? 100, age: systemClock.wall() - at, others, machine }))
  }
  return exitCode.done
}
