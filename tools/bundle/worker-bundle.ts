/**
 * What worker threads run, as a bundle: the engine's far end, and the modules of kinds, each loaded when a job first names
 * it. Read one by one, the same sources take a thread five times as long. SPEC O1, P8.
 */
import { fileURLToPath } from "node:url"
import { textBundle } from "./text-bundle.ts"

const sourceLines = fileURLToPath(new URL("source-lines.ts", import.meta.url))
const worker = fileURLToPath(new URL("../../src/engine/worker.ts", import.meta.url))

/** The address of the bundle of `modules`, addresses themselves, made where it is not what the sources say; undefined where none can be made. `near`: a file that finds the packages they use. */
export const workerBundle = async (modules: Iterable<string>, near: string): Promise<string | undefined> => {
  const listed = [...new Set(modules)].filter((url) => url.startsWith("file:")).sort()
  return textBundle("worker", textOf(listed), near).then(({ main }) => main, () => undefined)
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
