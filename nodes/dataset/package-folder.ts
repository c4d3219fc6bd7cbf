/** Where npm put a package: looked up as Node does, but without asking the package's own export map. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { problem, type Read } from "./problem.ts"

/** The folder of the installed package `name`. Left when it is not installed. */
export const packageFolder = (name: string): Read<string> => {
  const roots = createRequire(import.meta.url).resolve.paths(name) ?? []
  const found = roots.map((root) => join(root, name)).find((folder) => existsSync(join(folder, "package.json")))
  return found === undefined
    ? problem(`node_modules/${name}`, `the npm package ${name}`, "nothing", { remedy: "run npm ci" })
    : E.right(found)
}
