/** `cambium devices`: measures every device now, says which one runs will use and why, and remembers it. */
import * as E from "fp-ts/lib/Either.js"
import { availableParallelism } from "node:os"
import { resolve } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { describeChoice } from "../../src/device/choose.ts"
import { openStore } from "../../src/store/open-store.ts"
import { describeStoreError } from "../../src/store/store-error.ts"
import { measureDevices } from "./device-choice.ts"
import { exitCode } from "./exit-code.ts"
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
  const choice = await measureDevices(store.right.notes, availableParallelism())
  await store.right.close()
  console.log(line.right.options["json"] === true ? JSON.stringify(choice, null, 2) : describeChoice(choice))
  return exitCode.done
}
