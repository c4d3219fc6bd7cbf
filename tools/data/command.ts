/** `cambium data [NAME] [--dir DIR]`: fetches a data set, or lists those that are known. */
import { messageOf } from "../../src/base/message.ts"
import * as E from "fp-ts/lib/Either.js"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { fetchData } from "./fetch.ts"
import { dataSets } from "./known.ts"

const usage = "usage: cambium data [NAME] [--dir DIR]"

/** Exit code: 0 done, 1 not fetched, 2 wrong arguments, 130 interrupted. */
export const dataCommand = async (args: readonly string[]): Promise<number> => {
  const parsed = E.tryCatch(
    () => parseArgs({ args: [...args], allowPositionals: true, options: { dir: { type: "string", default: ".cambium/data" } } }),
    messageOf,
  )
  if (E.isLeft(parsed) || parsed.right.positionals.length > 1) {
    console.error(E.isLeft(parsed) ? `${parsed.left}\n${usage}` : usage)
    return 2
  }
  const [name] = parsed.right.positionals
  if (name === undefined) {
    for (const set of dataSets) {
      const megabytes = set.packages.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
      console.log(`${set.name}  ${megabytes.toFixed(1)} MB  ${set.licence}\n  ${set.about}`)
    }
    return 0
  }
  if (!dataSets.some((set) => set.name === name)) {
    console.error(`unknown data set ${name}; known are ${dataSets.map((set) => set.name).join(", ")}`)
    return 2
  }
  return interruptible((signal) => fetchAndSay(name, resolve(parsed.right.values.dir), signal))
}

const fetchAndSay = async (name: string, dir: string, signal: AbortSignal): Promise<number> => {
  const fetched = await fetchData(name, { dir, onProgress: (line) => console.log(line), signal })
  if (E.isLeft(fetched)) console.error(fetched.left.message)
  else console.log(`${fetched.right.folder} ${fetched.right.fresh ? "is ready" : "was there already"}`)
  return E.isLeft(fetched) ? 1 : 0
}

/** Runs `work` under a signal that Ctrl-C aborts. */
const interruptible = async (work: (signal: AbortSignal) => Promise<number>): Promise<number> => {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.once("SIGINT", abort)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (controller.signal.aborted) return 130
    throw error
  } finally {
    process.off("SIGINT", abort)
  }
}
