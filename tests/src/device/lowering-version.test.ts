/** The version of a lowering: what changes it, and what does not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { loweringVersion } from "../../../src/device/lowering-version.ts"

const root = mkdtempSync(join(tmpdir(), "cambium-lowering-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const sources = {
  "entry.ts": `/** Opens. */\nimport { table } from "./table/rows.ts"\nimport type { Shape } from "./shape.ts"\nimport { readFileSync } from "node:fs"\nexport const lower = (s: Shape) => table\n`,
  "table/rows.ts": `import {\n  half,\n} from "../half.ts"\nexport { twice } from "../twice.ts"\nexport const table = [half]\nconst later = () => import("../later.ts")\n`,
  "half.ts": "export const half = 0.5\n",
  "twice.ts": "export const twice = 2\n",
  "later.ts": "export const later = 3\n",
  "shape.ts": "export type Shape = number\n",
}
let folders = 0
/** The version of `entry.ts` with some of the files written otherwise. */
const version = (changes: Partial<Record<keyof typeof sources, string>> = {}): string => {
  const folder = join(root, String(folders++))
  for (const [path, text] of Object.entries({ ...sources, ...changes })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return loweringVersion(pathToFileURL(join(folder, "entry.ts")))
}

describe("the version of a lowering", () => {
  it("is short, and the same wherever the sources lie (D8)", () => {
    expect(version()).toMatch(/^[0-9a-f]{8}$/)
    expect(version()).toBe(version())
  })

  it.each(["entry.ts", "table/rows.ts", "half.ts", "twice.ts", "later.ts"] as const)("changes with the code of %s, however it is imported (D8)", (path) => {
    expect(version({ [path]: `${sources[path]}export const more = 1\n` })).not.toBe(version())
  })

  it("does not change with comments, blank lines, indentation, and what only types are imported from (D8)", () => {
    expect(version({ "half.ts": "/**\n * A half:\n export const half = 0.25\n */\n\n// Not a quarter.\n  export const half = 0.5\n" })).toBe(version())
    expect(version({ "shape.ts": "export type Shape = string\n" })).toBe(version())
  })
})
