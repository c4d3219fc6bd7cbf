/** Whether a bundle is what its sources say, all of it or its core. SPEC O1. */
import { utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { withHead } from "../../../tools/bundle/bundled-file.ts"
import { currentBundle } from "../../../tools/bundle/current-bundle.ts"
import { sourceStamps } from "../../../tools/bundle/stamp.ts"
import { scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(() => folder.remove())

it("[O1] the core is current as long as its own sources are, the whole as long as all are", () => {
  const [core, rest, pointer] = ["core.ts", "rest.ts", "pointer.mjs"].map((name) => join(folder.path, name)) as [string, string, string]
  for (const file of [core, rest]) writeFileSync(file, "1")
  writeFileSync(pointer, withHead({ id: "one", stamps: sourceStamps([core, rest]), builtins: [], core: 1 }, ""))
  const current = (): readonly (string | undefined)[] => [true, false].map((isCore) => currentBundle(pointer, isCore)?.id)
  expect(current()).toEqual(["one", "one"])
  writeFileSync(rest, "2")
  expect(current()).toEqual(["one", undefined])
  writeFileSync(rest, "1")
  utimesSync(core, 1, 1)
  expect(current()).toEqual(["one", "one"])
  writeFileSync(core, "2")
  expect(current()).toEqual([undefined, undefined])
})
