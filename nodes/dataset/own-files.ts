/** A user's own UTF-8 text files as documents: cut at paragraphs into pieces of a few thousand characters. */
import * as E from "fp-ts/lib/Either.js"
import { cleanText, countCharacters } from "./clean-text.ts"
import type { Document } from "./document.ts"
import { problem, readText, type Read } from "./problem.ts"

/** Characters a document holds at least, where the file is that long. */
const target = 2000

/**
 * The documents of one file, `path#1`, `path#2` and so on. Each non-empty line is a paragraph. Left, naming the param
 * `files`, when the file is missing, is not UTF-8 or holds no text.
 */
export const readOwnFile = async (path: string, locale: string, file: string): Promise<Read<readonly Document[]>> => {
  const content = await readText(file, { param: "files" })
  if (E.isLeft(content)) return content
  const documents = cutText(content.right).map((text, i) => ({ id: `${path}#${i + 1}`, locale, source: "files", text }))
  return documents.length > 0 ? E.right(documents) : problem(file, "text", "none", { param: "files" })
}

/** Consecutive paragraphs of at least `target` characters together; the last piece may be shorter. */
export const cutText = (content: string): readonly string[] => {
  const pieces: string[][] = []
  let length = target
  for (const line of content.split(/\r\n|\r|\n/).map(cleanText)) {
    if (line === "") continue
    if (length >= target) {
      pieces.push([])
      length = 0
    }
    pieces[pieces.length - 1]?.push(line)
    length += countCharacters(line)
  }
  return pieces.map((lines) => lines.join("\n"))
}
