#!/usr/bin/env node
/**
 * The `cambium` command. The rest is TypeScript, in cambium.ts: loaded as a bundle that is made again when a source has
 * changed; where none can be made (a folder that cannot be written to, a source with a mistake), read as it is. SPEC O1.
 */
import { createHash } from "node:crypto"
import { fileURLToPath, pathToFileURL } from "node:url"

const entry = fileURLToPath(new URL("cambium.ts", import.meta.url))
const cache = new URL("../node_modules/.cache/cambium/", import.meta.url)
const pointer = fileURLToPath(new URL(`tool-${createHash("sha256").update(entry).digest("hex").slice(0, 16)}.mjs`, cache))

const bundled = await import(pathToFileURL(pointer).href).catch(() => undefined)
const current = bundled?.currentTool(pointer)
const { tool, id } = current === undefined ? await make() : { tool: bundled, id: current }
tool.ignoreBrokenPipes()
process.exitCode = await tool.cambium(process.argv.slice(2), id)

async function make() {
  const { register } = await import("tsx/esm/api")
  const unregister = register()
  const { makeToolBundle } = await import("./bundle/tool-bundle.ts")
  const bundle = await makeToolBundle(entry, pointer).catch(() => undefined)
  if (bundle === undefined) return { tool: await import("./cambium.ts") }
  await unregister()
  return { tool: await import(bundle.main), id: bundle.id }
}
