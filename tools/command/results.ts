/** `cambium results RESULTS --to FILE`: what a study came to, as Markdown with its pictures beside it. */
import * as E from "fp-ts/lib/Either.js"
import { mkdir, readdir, readFile, rm } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { messageOf } from "../../src/base/message.ts"
import { replaceFile } from "../replace-file.ts"
import { exitCode } from "./exit-code.ts"
import { parseCommand, textOption } from "./parse-command.ts"

/** Beside the page: written by people, taken into it. */
const discussionName = "DISCUSSION.md"

export const resultsCommand = async (args: readonly string[]): Promise<number> => {
  const parsed = parseCommand("results", args)
  if (E.isLeft(parsed)) return console.error(parsed.left), exitCode.wrongInput
  const [source = ""] = parsed.right.operands
  const to = textOption(parsed.right, "to")
  if (to === undefined) return console.error("cambium results: expects --to FILE, the page to write"), exitCode.wrongInput
  const text = await readFile(source, "utf8").catch((error: unknown) => (console.error(`${source}: ${messageOf(error)}`), undefined))
  if (text === undefined) return exitCode.wrongInput
  const [{ readStudy }, { resultsOf }] = await Promise.all([import("../results/read-study.ts"), import("../results/write-results.ts")])
  const study = readStudy(text)
  if (E.isLeft(study)) return console.error(`${source}: ${study.left}`), exitCode.wrongInput
  const page = resolve(to)
  const discussion = await readFile(join(dirname(page), discussionName), "utf8").catch(() => undefined)
  const folder = basename(page).replace(/\.\w+$/, "").toLowerCase()
  const { markdown, pictures } = await resultsOf(study.right, discussion, folder)
  const beside = join(dirname(page), folder)
  try {
    await mkdir(beside, { recursive: true })
    // Pictures of an older page are of no use any more.
    for (const name of await readdir(beside)) if (name.endsWith(".svg") && !pictures.has(name)) await rm(join(beside, name))
    for (const [name, svg] of pictures) await replaceFile(join(beside, name), svg)
    await replaceFile(page, markdown)
  } catch (error) {
    return console.error(`${to}: could not be written: ${messageOf(error)}`), exitCode.failed
  }
  console.log(`${to}: ${study.right.verdicts.length} criteria, ${pictures.size} pictures`)
  return exitCode.done
}
