/**
 * Puts a run's files in place: `report.html` and `results.jsonl`, each whole or not at all. A page made of the same
 * results is left as it is: drawing it again would take longer than a run that has nothing to do.
 */
import { mkdir, open, readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Json } from "../../src/base/json.ts"
import { replaceFile } from "../replace-file.ts"
import type { RunReport } from "./run-report.ts"

/** The page stands at the start of the file, after a few hundred bytes of head. */
const headBytes = 1024

/** In the folder of a run: its lines. */
export const linesName = "results.jsonl"

/** Path of the page that a run called `name` has. */
export const reportPath = (folder: string): string => join(folder, "report.html")

/** What the file of lines holds. */
export const linesText = (lines: readonly Json[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("")

/** `folder` gets the lines, `page` is the file of the report. `stamp` names what the page is made of; `report` is asked for only if the page has another. */
export const writeReport = async (folder: string, page: string, stamp: string, lines: string, report: () => Promise<RunReport>): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await replaceFile(join(folder, linesName), lines)
  if ((await head(page)).includes(`<meta name="cambium-stamp" content="${stamp}">`)) return
  const [{ reportPage }, before] = await Promise.all([import("./page.ts"), readFile(page, "utf8").catch(() => "")])
  await replaceFile(page, await reportPage(await report(), stamp, before))
}

const head = async (file: string): Promise<string> => {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return ""
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0).finally(() => handle.close())
  return buffer.toString("utf8", 0, bytesRead)
}
