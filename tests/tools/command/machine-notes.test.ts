/** What a store takes over from the machine: code versions that an earlier run found. SPEC K5, W5. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { makeCodeVersion, memoryStore, systemClock, type Kind } from "#src"
import { withKnownCode } from "../../../tools/command/machine-notes.ts"
import { scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)

const file = join(folder.path, "three.ts")
const kind = { id: "test/three", module: pathToFileURL(file).href } as Kind
const write = (value: number): void => writeFileSync(file, `export const three = defineKind({ id: "test/three", run: () => ${value} })\n`)
writeFileSync(join(folder.path, "package.json"), `{ "type": "module" }`)

/** The version that a store which begins now has for the kind, what it keeps of it, and how often it bundled the sources. */
const inNewStore = async (cache: string) => {
  const { notes } = memoryStore(systemClock)
  let made = 0
  const counted = { ...notes, put: (...[space, ...rest]: Parameters<typeof notes.put>) => ((made += space === "code" ? 1 : 0), notes.put(space, ...rest)) }
  const version = await makeCodeVersion(withKnownCode(counted, cache))(kind)
  return { version, made, kept: [...notes.all("code", "")].map(([, note]) => note), sources: notes.get("sources", version) }
}

describe("K5, W5: a code version", () => {
  it("is made once for all stores, until the sources change", async () => {
    write(3)
    const cache = join(folder.path, "cache")
    const first = await inNewStore(cache)
    expect(first.made).toBe(1)
    expect(await inNewStore(cache)).toEqual({ ...first, made: 0 })
    expect(Object.keys(first.sources ?? {})).toEqual([expect.stringContaining("three.ts")])

    write(33)
    const changed = await inNewStore(cache)
    expect(changed.made).toBe(1)
    expect(changed.version).not.toBe(first.version)
    expect(await inNewStore(cache)).toEqual({ ...changed, made: 0 })
  })

  it("is made by each store where nothing can be written", async () => {
    write(3)
    const cache = join(file, "no folder")
    const first = await inNewStore(cache)
    expect(await inNewStore(cache)).toEqual(first)
    expect(first.made).toBe(1)
  })
})
