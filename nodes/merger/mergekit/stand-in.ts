/**
 * A checkpoint that is not there yet, as later stages see it when they are planned: headers and the files beside the weights, and
 * a hole where the weights will be. Takes no room where the system has sparse files. SPEC F6.
 */
import { copyFileSync, ftruncateSync, mkdirSync, openSync, closeSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { MergePlan } from "../checkpoint/merge-plan.ts"

/** Throws the system's error. */
export const writeStandIn = ({ layout, beside }: MergePlan, folder: string): void => {
  mkdirSync(folder, { recursive: true })
  for (const { name, header, bytes } of layout.shards) {
    const file = openSync(join(folder, name), "w")
    try {
      writeSync(file, header)
      ftruncateSync(file, bytes)
    } finally {
      closeSync(file)
    }
  }
  if (layout.index !== undefined) writeFileSync(join(folder, layout.index.name), layout.index.text)
  for (const [name, content] of Object.entries(beside)) {
    if ("text" in content) writeFileSync(join(folder, name), content.text)
    else copyFileSync(content.copyOf, join(folder, name))
  }
}
