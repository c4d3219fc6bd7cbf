/**
 * `npm run bench:engine [WORDS]`: what the engine costs, row by row, beside peers in the same run; only rows whose names
 * have one of the words. Bundled first, because a loader that transforms sources on the way would be measured too.
 */
import { build } from "esbuild"
import { mkdirSync, rmSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"

const folder = fileURLToPath(new URL("../../node_modules/.cache/cambium", import.meta.url))
mkdirSync(folder, { recursive: true })
const outfile = `${folder}/bench-engine-${process.pid}.mjs`
const entryPoints = [fileURLToPath(new URL("engine/bench.ts", import.meta.url))]
await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", packages: "external", logLevel: "error" })
const { benchEngine } = await import(pathToFileURL(outfile).href).finally(() => rmSync(outfile))
process.exitCode = await benchEngine(process.argv.slice(2), fileURLToPath(new URL("../..", import.meta.url)))
