/** Code versions on a folder of kinds: what changes them and what does not. SPEC K5. */
import { cp, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makeCodeVersion, memoryStore, systemClock, type Kind } from "#src"

const sources = {
  "package.json": `{ "type": "module", "sideEffects": false, "imports": { "#src": "./index.ts" } }`,
  "index.ts": `export { define } from "./define.ts"\nexport { twice, thrice } from "./maths.ts"\nexport { shout } from "./words.ts"\n`,
  "define.ts": `// defines\nexport const define = <A>(kind: A): A => Object.freeze(kind)\n`,
  "maths.ts": `import * as E from "fp-ts/lib/Either.js"\n/** Doubles. */\nconst factor = 2\nexport const twice = (x: number) => x * factor\nexport const thrice = (x: number) => E.right(x * 3)\n`,
  "words.ts": `const factor = "!"\nexport const shout = (text: string) => text + factor\n`,
  "double.ts": `import { define, twice } from "#src"\nconst factor = 1\nexport const double = define({ id: "test/double", module: import.meta.url, run: () => twice(factor) })\n`,
  "loud.ts": `import { define, shout } from "#src"\nexport const loud = define({ id: "test/loud", module: import.meta.url, run: () => shout("a") })\n`,
  "both.ts": `import { define, shout, thrice } from "#src"\nexport const both = define({ id: "test/both", module: import.meta.url, run: () => [shout("a"), thrice(1)] })\n`,
} as const

type File = keyof typeof sources
const kinds = { double: "test/double", loud: "test/loud", both: "test/both" } as const

let dir = ""
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cambium-code-"))
  for (const [name, text] of Object.entries(sources)) await writeFile(join(dir, name), text)
  await mkdir(join(dir, "node_modules/fp-ts/lib"), { recursive: true })
  await writeFile(join(dir, "node_modules/fp-ts/package.json"), `{ "name": "fp-ts", "version": "1.0.0" }`)
  await writeFile(join(dir, "node_modules/fp-ts/lib/Either.js"), "export const right = (x) => x\n")
})
afterEach(() => rm(dir, { recursive: true }))

const versionsIn = async (folder: string): Promise<Record<string, string>> => {
  const versionOf = makeCodeVersion(memoryStore(systemClock).notes)
  const found: Record<string, string> = {}
  for (const [name, id] of Object.entries(kinds)) found[name] = await versionOf({ id, module: pathToFileURL(join(folder, `${name}.ts`)).href } as Kind)
  return found
}
/** Names of the kinds whose version differs after `edit`. */
const changedBy = async (edit: () => Promise<void>): Promise<readonly string[]> => {
  const before = await versionsIn(dir)
  await edit()
  const after = await versionsIn(dir)
  return Object.keys(before).filter((name) => before[name] !== after[name])
}
const write = (file: File, change: (text: string) => string) => writeFile(join(dir, file), change(sources[file]))

describe("K5: a code version", () => {
  it("is not changed by comments, formatting, types or unused code, even where names clash", async () => {
    expect(
      await changedBy(async () => {
        await write("maths.ts", (text) => `/* A comment. */\n${text.replace("x * factor", "(\n    x *\n    factor // doubled\n  )").replace(/number/g, "any")}\nconst factor2 = 5\nexport const E2 = () => factor2\n`)
        await write("double.ts", (text) => `\n\n${text}`)
      }),
    ).toEqual([])
  })

  it("R6: is kept with a hash of each file that something is used of, comments apart, and the versions of packages", async () => {
    const { notes } = memoryStore(systemClock)
    const versionOf = makeCodeVersion(notes)
    const sourcesOf = async (name: keyof typeof kinds) => notes.get("sources", await versionOf({ id: kinds[name], module: pathToFileURL(join(dir, `${name}.ts`)).href } as Kind)) as Readonly<Record<string, string>>
    const before = await sourcesOf("both")
    expect(Object.keys(before).sort()).toEqual(["both.ts", "define.ts", "fp-ts", "maths.ts", "words.ts"])
    expect(before["fp-ts"]).toBe("1.0.0")
    await write("define.ts", (text) => `/* A comment. */${text}`)
    await write("words.ts", (text) => text.replace("text + factor", "factor + text"))
    const after = await sourcesOf("both")
    expect(Object.keys(after).filter((file) => after[file] !== before[file])).toEqual(["words.ts"])
    expect(Object.keys(await sourcesOf("loud")).sort()).toEqual(["define.ts", "loud.ts", "words.ts"])
  })

  it("is changed by a function that the kind uses, for exactly its users", async () => {
    expect(await changedBy(() => write("maths.ts", (text) => text.replace("factor = 2", "factor = 2.5")))).toEqual(["double"])
    expect(await changedBy(() => write("words.ts", (text) => text.replace("text + factor", "factor + text")))).toEqual(["loud", "both"])
    expect(await changedBy(() => write("define.ts", (text) => text.replace("Object.freeze(kind)", "kind")))).toEqual(["double", "loud", "both"])
  })

  it("is not changed by another kind, nor by another order of exports, nor by new modules before the old", async () => {
    expect(await changedBy(() => write("loud.ts", (text) => text.replace(`"a"`, `"b"`)))).toEqual(["loud"])
    expect(
      await changedBy(async () => {
        await writeFile(join(dir, "another.ts"), `import { shout } from "./words.ts"\nimport * as E from "fp-ts/lib/Either.js"\nconst factor = 7\nexport const another = () => [shout("b"), E.right(factor)]\n`)
        await write("index.ts", (text) => `export { another } from "./another.ts"\n${text.trim().split("\n").reverse().join("\n")}\n`)
      }),
    ).toEqual([])
  })

  it("does not depend on where the folder lies", async () => {
    const moved = await mkdtemp(join(tmpdir(), "cambium-elsewhere-"))
    await cp(dir, moved, { recursive: true })
    expect(await versionsIn(moved)).toEqual(await versionsIn(dir))
    await rm(moved, { recursive: true })
  })

  it("counts the versions of packages that the kind uses, and of those only", async () => {
    expect(await changedBy(() => writeFile(join(dir, "node_modules/fp-ts/package.json"), `{ "name": "fp-ts", "version": "1.0.1" }`))).toEqual(["both"])
  })

  it("is taken from the notes while no file has changed, and computed again when one has", async () => {
    const { notes } = memoryStore(systemClock)
    let writes = 0
    const versionOf = makeCodeVersion({ ...notes, put: (space, ...args) => ((writes += space === "code" ? 1 : 0), notes.put(space, ...args)) })
    const kind = { id: "test/double", module: pathToFileURL(join(dir, "double.ts")).href } as Kind
    const first = await versionOf(kind)
    expect([await versionOf(kind), await makeCodeVersion(notes)(kind)]).toEqual([first, first])
    expect(writes).toBe(1)
    await utimes(join(dir, "maths.ts"), 1, 1)
    expect(await versionOf(kind)).toBe(first)
    expect(writes).toBe(2)
    await write("maths.ts", (text) => text.replace("factor = 2", "factor = 9"))
    expect(await versionOf(kind)).not.toBe(first)
  })
})

it("K5: the kinds of this project have versions of their own", async () => {
  const { pretrain, compose } = await import("#nodes")
  const versionOf = makeCodeVersion(memoryStore(systemClock).notes)
  const [a, b] = [await versionOf(pretrain as unknown as Kind), await versionOf(compose as unknown as Kind)]
  expect(a).toMatch(/^[0-9a-f]{64}$/)
  expect(a).not.toBe(b)
})
