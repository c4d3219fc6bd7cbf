/** Rules about files as a whole: how long, what they are called, and that they open by saying what they are. */
import { basename } from "node:path/posix"
import type { Finding, Source } from "./source.ts"

/** More lines than this is a fault; more than `lookAgainAbove` is worth a second look. */
const mostLines = 400
const lookAgainAbove = 250

/** Names that say nothing about what is inside. */
const emptyNames = ["utils", "util", "helpers", "helper", "common", "misc", "types", "core", "manager", "shared", "lib"]

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.(ts|tsx|mjs|js)$/

export const fileRules = ({ path, text, lines }: Source): readonly Finding[] => {
  const messages: string[] = []
  if (lines > mostLines) messages.push(`${lines} lines; the most is ${mostLines}`)
  if (!kebab.test(basename(path))) messages.push("file names are kebab-case: letters and digits in parts joined by -")
  // The test tree mirrors the others, and keeps type tests in a folder of that name.
  const parts = path.replace(/(\.test|\.d)?\.\w+$/, "").split("/").slice(path.startsWith("tests/") ? 2 : 1)
  const empty = parts.find((part) => emptyNames.includes(part))
  if (empty !== undefined) messages.push(`the name ${empty} says nothing; name the one concept inside`)
  const opening = text.replace(/^#!.*\n/, "").trimStart()
  if (!path.startsWith("tests/") && !opening.startsWith("/**") && !opening.startsWith("//")) messages.push("opens without a comment that says what it is")
  return messages.map((message) => ({ file: path, line: 1, message }))
}

/** Files that are allowed but long; tests may list many cases. */
export const lookAgain = (sources: readonly Source[]): readonly Source[] =>
  sources.filter(({ path, lines }) => lines > lookAgainAbove && lines <= mostLines && !path.startsWith("tests/"))
