/** A module as a script, and the small module that leads to it: who imports it need not know that it is one. SPEC O1. */
import { build } from "esbuild"
import { dirname, extname } from "node:path"
import { fileURLToPath } from "node:url"
import { scriptOf } from "./load-script.ts"
import { makeBundle, together, type Beside, type Made } from "./make-bundle.ts"

const loader = fileURLToPath(new URL("load-script.ts", import.meta.url))

/** Of the module at `path`, to be imported as `name`, or if that ends with `.cjs`, to begin a thread with. Rejects with what esbuild says is wrong. */
export const makeScriptBundle = async (name: string, path: string, beside?: Beside): Promise<Made> => {
  const [script, exported] = await Promise.all([
    makeBundle(path, { isSplit: false, hasMaps: false, isTight: true, form: "script", ...(beside === undefined ? {} : { beside }) }),
    exportsOf(path),
  ])
  const isFirst = extname(name) === ".cjs"
  const load = isFirst ? "loadScript(pathToFileURL(__filename).href, (name) => import(name))" : `export const { ${exported.join(", ")} } = loadScript(import.meta.url, (name) => import(name))`
  const text = [`import { loadScript } from ${JSON.stringify(loader)}`, 'import { pathToFileURL } from "node:url"', load].join("\n")
  const lead = await makeBundle({ text, folder: dirname(loader) }, { isSplit: false, hasMaps: false, isTight: true, form: isFirst ? "older" : "module" })
  return together([named(lead, name), named(script, scriptOf(name))])
}

/** The one text of a bundle that is not split, by another name. */
const named = (made: Made, name: string): Made => ({ ...made, outputs: made.outputs.map(({ text }) => ({ name, text })) })

/** Names that the module at `path` exports. */
const exportsOf = async (path: string): Promise<readonly string[]> => {
  const { metafile } = await build({ entryPoints: [path], write: false, metafile: true, format: "esm", outdir: dirname(path), logLevel: "silent" })
  return Object.values(metafile.outputs).flatMap((output) => output.exports)
}
