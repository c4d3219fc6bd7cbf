#!/usr/bin/env node
/**
 * The `cambium` command. The rest is TypeScript, in cambium.ts: loaded as a bundle that is made again when a source has
 * changed; where none can be made (a folder that cannot be written to, a source with a mistake), read as it is. SPEC O1.
 */
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const entry = fileURLToPath(new URL("cambium.ts", import.meta.url))
const cache = new URL("../node_modules/.cache/cambium/", import.meta.url)
const pointer = join(fileURLToPath(cache), `tool-${await nameOf(entry)}.mjs`)

const bundled = await import(pathToFileURL(pointer).href).catch(() => undefined)
const args = process.argv.slice(2)
// Whether the sources are those of the bundle is found out while it starts.
const begun = await bundled?.begin?.(args)
const current = bundled?.currentTool(pointer, args)
if (current === undefined) begun?.close()
const { tool, id } = current === undefined ? await make() : { tool: bundled, id: current }
tool.ignoreBrokenPipes()
process.exitCode = await tool.cambium(args, id, current === undefined ? undefined : begun)

/** Of a path, as the name of a file: the path itself where it is short enough, as Node takes long to load what hashes. */
async function nameOf(path) {
  // Node takes no modules from paths in which something looks like a separator that is encoded.
  const name = encodeURIComponent(path).replaceAll("%", "=")
  return name.length <= 200 ? name : (await import("node:crypto")).createHash("sha256").update(path).digest("hex").slice(0, 16)
}

async function make() {
  const { register } = await import("tsx/esm/api")
  const unregister = register()
  const { makeToolBundle } = await import("./bundle/tool-bundle.ts")
  const bundle = await makeToolBundle(entry, pointer).catch(() => undefined)
  if (bundle === undefined) return { tool: await import("./cambium.ts") }
  await unregister()
  return { tool: await import(bundle.main), id: bundle.id }
}
