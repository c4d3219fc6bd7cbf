/** The merging command as people run it. */
import { spawnSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { atRest } from "./at-rest.ts"

export const command = fileURLToPath(new URL("../../cambium.mjs", import.meta.url))

/** Merges to `out`; the start of Node is in its time, and its peak memory is what the system counted. `keep`: the result stays. */
export const cambium = (yaml: string, out: string, keep = false): { readonly seconds: number; readonly bytes: number } => {
  const config = `${out}.yml`
  writeFileSync(config, yaml)
  atRest()
  const probe = `process.on("exit", () => process.stderr.write("\\npeak " + process.resourceUsage().maxRSS)); process.argv.splice(1, 0, "cambium"); await import(${JSON.stringify(command)})`
  const began = performance.now()
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", probe, "merge", config, out], { encoding: "utf8", cwd: process.cwd() })
  const seconds = (performance.now() - began) / 1000
  if (done.status !== 0) throw new Error(`${done.stdout}\n${done.stderr}`)
  if (!keep) rmSync(out, { recursive: true, force: true })
  return { seconds, bytes: 1024 * Number(/peak (\d+)/.exec(done.stderr)?.[1]) }
}
