/**
 * Loads a bundle that is a script, with what V8 compiled of it kept beside it: compiling takes longer than most that is done with it.
 * What V8 does not take (of another version, of other flags) is not used, and made again. SPEC O1.
 */
import { accessSync, constants, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { Script } from "node:vm"
import { replaceDurably } from "../../src/store/replace-durably.ts"

/** What a script is: it has no other way to ask for modules, and to know where it lies. */
export type ScriptBody = (require: NodeJS.Require, module: { exports: unknown }, importMeta: Pick<ImportMeta, "url">, importLater: ImportLater) => void

export type ImportLater = (name: string) => Promise<unknown>

/** Beside a file to be imported: the script that it leads to, and what was compiled of that. */
export const scriptOf = (file: string): string => `${file}.script`
export const compiledOf = (file: string): string => `${file}.compiled`

/** What the script exports that the module at `url` leads to. `importLater` imports from that module's place. */
export const loadScript = <Exports>(url: string, importLater: ImportLater): Exports => {
  const require = createRequire(url)
  const module: { exports: unknown } = { exports: {} }
  const body = compiled(fileURLToPath(url), require).runInThisContext() as ScriptBody
  body(require, module, { url }, importLater)
  return module.exports as Exports
}

const compiled = (file: string, require: NodeJS.Require): Script => {
  const filename = scriptOf(file)
  // It has ASCII only: this is the fastest to read, and half as long in memory.
  const source = readFileSync(filename, "latin1")
  const cachedData = readOrNothing(compiledOf(file))
  if (cachedData !== undefined) {
    const script = new Script(source, { filename, cachedData })
    if (script.cachedDataRejected === false) return script
  }
  if (!canWrite(dirname(file))) return new Script(source, { filename })
  const script = compileWhole(source, filename, require)
  keep(compiledOf(file), script.createCachedData(), require)
  return script
}

/**
 * Every function, not only what is called first: another command calls others. V8 looks at these flags where it compiles, and nowhere else;
 * without the second one it would give back what it has compiled already, of what it did not take.
 */
const compileWhole = (source: string, filename: string, require: NodeJS.Require): Script => {
  // Rarely needed, and a module that Node has yet to load.
  const { setFlagsFromString } = require("node:v8") as typeof import("node:v8")
  setFlagsFromString("--no-lazy")
  setFlagsFromString("--no-compilation-cache")
  try {
    return new Script(source, { filename })
  } finally {
    setFlagsFromString("--compilation-cache")
    setFlagsFromString("--lazy")
  }
}

const readOrNothing = (file: string): Buffer | undefined => {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

const canWrite = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** On the disk before it has its name, as V8 does not notice bytes that are not what it wrote; others may do the same at the same time. */
const keep = (file: string, bytes: Uint8Array, require: NodeJS.Require): void => {
  const { threadId } = require("node:worker_threads") as typeof import("node:worker_threads")
  try {
    replaceDurably(file, bytes, `${file}.${process.pid}.${threadId}.new`)
  } catch {
    // Nothing is wrong but that the next process compiles again.
  }
}
