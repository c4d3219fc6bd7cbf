/** Where a merge may go: a complete one takes the place of what has its name, all of it. SPEC F7. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, realpathSync, statSync } from "node:fs"
import { join, sep } from "node:path"
import type { MergePlan } from "./merge-plan.ts"

/** Files of this tool beside the weights: what the checkpoint was made of. */
export const originName = "cambium-merge.json"

/** What is wrong with `out` as the place of the result: something else is there, or something that is merged. */
export const outputFault = ({ inputs }: Pick<MergePlan, "inputs">, out: string): string | undefined => {
  const place = realPath(out)
  if (place === undefined) return undefined
  const read = inputs.find(({ files }) => files.some(({ path }) => realPath(path)?.startsWith(place + sep) === true))
  if (read !== undefined) return `expected another folder than one that is read, got that of ${read.path}`
  if (existsSync(join(out, originName))) return undefined
  return `expected a new name or an earlier merge, got a ${statSync(place).isDirectory() ? "folder" : "file"} that is not one`
}

/** Undefined where nothing is. */
const realPath = (path: string): string | undefined => E.toUnion(E.tryCatch(() => realpathSync(path), () => undefined))
