/**
 * The command itself as a bundle: made when there is none of the sources as they are, and then loaded by `cambium.mjs`
 * without a compiler. SPEC O1.
 */
import { fileURLToPath } from "node:url"
import { makeBundle } from "./make-bundle.ts"
import { keepBundle, type KeptBundle } from "./split-bundle.ts"

/** A file that threads begin with (`nodes/merger/checkpoint/seat-thread.ts`): bundled by itself beside the command. */
const seatThread = fileURLToPath(new URL("../../nodes/merger/checkpoint/seat-thread.ts", import.meta.url))

/** Bundles `entry` to the file `pointer`. Rejects where it cannot be bundled or written. */
export const makeToolBundle = async (entry: string, pointer: string): Promise<KeptBundle> => {
  const from = Date.now()
  const made = await makeBundle(entry, { isSplit: true })
  // A thread loads one small file in a tenth of the time that the parts it needs of the command take.
  const thread = (await makeBundle(seatThread, { isSplit: false })).outputs.filter(({ name }) => name.endsWith(".js"))
  return keepBundle(pointer, { ...made, outputs: [...made.outputs, ...thread] }, { main: "cambium.js", from, days: 30 })
}
