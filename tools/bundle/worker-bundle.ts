/**
 * What worker threads run, as a bundle: the engine's far end, and the modules of kinds, each loaded when a job first names
 * it. Read one by one, the same sources take a thread five times as long. SPEC O1, P8.
 */
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { hashJson } from "../../src/base/hash.ts"
import { bundlesIn } from "./bundled-file.ts"
import { currentTool } from "./current-tool.ts"
import { packagesFolderOf } from "./package-root.ts"

const sourceLines = fileURLToPath(new URL("source-lines.ts", import.meta.url))
const worker = fileURLToPath(new URL("../../src/engine/worker.ts", import.meta.url))

/** The address of the bundle of `modules`, addresses themselves, made where it is not what the sources say; undefined where none can be made. `near`: a file that finds the packages they use. */
export const workerBundle = async (modules: Iterable<string>, near: string): Promise<string | undefined> => {
  const listed = [...new Set(modules)].filter((url) => url.startsWith("file:")).sort()
  const packages = packagesFolderOf(dirname(near)) ?? fileURLToPath(new URL("../../node_modules", import.meta.url))
  const pointer = join(bundlesIn(packages), `worker-${hashJson(textOf(listed)).slice(0, 16)}.mjs`)
  if (currentTool(pointer) !== undefined) return pathToFileURL(pointer).href
  try {
    const from = Date.now()
    const [{ makeBundle }, { keepBundle }] = await Promise.all([import("./make-bundle.ts"), import("./split-bundle.ts")])
    const made = await makeBundle({ text: textOf(listed), folder: dirname(near) }, { isSplit: true, hasMaps: true })
    return (await keepBundle(pointer, made, { main: "stdin.js", from, days: 1 })).main
  } catch {
    return undefined
  }
}

const textOf = (modules: readonly string[]): string =>
  [
    `import { tellSourceLines } from ${JSON.stringify(sourceLines)}`,
    `export { startWorker } from ${JSON.stringify(worker)}`,
    "tellSourceLines()",
    "export const modules = {",
    ...modules.map((url) => `  ${JSON.stringify(url)}: () => import(${JSON.stringify(fileURLToPath(url))}),`),
    "}",
  ].join("\n")
