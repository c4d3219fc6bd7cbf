/** Worker threads that run a bundle: what is in it comes from it, what is not from sources, and nobody can tell by results or errors. SPEC O1, P8. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { makeWorkerTransport, openStore, systemClock, type Kind, type Node, type Store } from "#src"
import { workerBundle } from "../../../tools/bundle/worker-bundle.ts"
import { scratchFolder } from "../../support/command.ts"
import { testEngine } from "../../src/engine/test-engine.ts"

const folder = scratchFolder()
let store: Store
beforeAll(async () => {
  const opened = await openStore(join(folder.path, "store"), { clock: systemClock })
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  store = opened.right
  writeFileSync(path("package.json"), '{ "type": "module" }')
})
afterAll(async () => {
  await store.close()
  folder.remove()
})

/** What a kind gives by where it was loaded from. */
const [sources, bundle] = [1, 2]
const path = (name: string): string => join(folder.path, name)
const address = (name: string): string => pathToFileURL(path(name)).href
const text = (result: string): string => `
declare const CAMBIUM_BUNDLED: boolean | undefined
const from = typeof CAMBIUM_BUNDLED === "undefined" ? ${sources} : ${bundle}
const out = { name: "n", view: "data", encode: (v: number) => [new TextEncoder().encode(JSON.stringify(v))], decode: (b: Uint8Array) => ({ _tag: "Right", right: JSON.parse(new TextDecoder().decode(b)) }) }
const failed = (): never => {
  throw new Error("as asked")
}
export const kind = { id: "test/told", module: import.meta.url, title: "", params: {}, inputs: {}, outputs: { out }, run: () => ({ out: ${result} }) }
`
/** Files count as unchanged once they are older than what looks at them. */
const write = async (name: string, result: string): Promise<void> => {
  writeFileSync(path(name), text(result))
  await pause(50)
}
const bundleOf = (...names: readonly string[]): Promise<string | undefined> => workerBundle(names.map(address), path("graph.ts"))

/** What a thread that has `code` makes of the kind in `name`. */
let runs = 0
const outcomeWith = async (code: string | undefined, name: string): Promise<{ readonly out: unknown; readonly stack: string }> => {
  const transport = makeWorkerTransport({ store, clock: systemClock, capacity: 1, code: () => Promise.resolve(code) })
  const version = String(++runs)
  const test = testEngine({ store, transport, codeVersion: () => Promise.resolve(version) })
  const out = { name: "n", view: "data", encode: (v: number) => [new TextEncoder().encode(JSON.stringify(v))], decode: (b: Uint8Array) => E.right(JSON.parse(new TextDecoder().decode(b)) as unknown) }
  const kind = { id: "test/told", module: address(name), title: "", params: {}, inputs: {}, outputs: { out }, run: () => expect.fail("in the engine's thread") }
  test.engine.commit({ name: "told", params: {}, nodes: new Map([["told", { path: "told", kind: kind as unknown as Kind, params: {}, inputs: {}, knobs: {}, salt: "" } satisfies Node]]) })
  const { ran } = await test.engine.settle()
  const result = { out: ran === 1 ? await test.out("told") : undefined, stack: (test.engine.outcome("told") as { readonly stack?: string }).stack ?? "" }
  await transport.close()
  return result
}

describe("what worker threads run", () => {
  beforeEach(() => write("kind.ts", "from"))

  it("is a bundle, made once while its sources stay as they are", async () => {
    const code = await bundleOf("kind.ts")
    expect((await outcomeWith(code, "kind.ts")).out).toBe(bundle)
    const again = await bundleOf("kind.ts")
    expect(await bundleOf("kind.ts")).toBe(again)
    expect((await outcomeWith(again, "kind.ts")).out).toBe(bundle)
    await write("kind.ts", "20 + from")
    expect((await outcomeWith(await bundleOf("kind.ts"), "kind.ts")).out).toBe(20 + bundle)
  })

  it("is sources where a kind is not in the bundle, or the bundle is gone", async () => {
    await write("other.ts", "10 + from")
    expect((await outcomeWith(await bundleOf("kind.ts"), "other.ts")).out).toBe(10 + sources)
    expect((await outcomeWith(address("gone.mjs"), "kind.ts")).out).toBe(sources)
  })

  it("is sources where nothing can be bundled", async () => {
    writeFileSync(path("broken.ts"), "export const kind = (")
    expect(await bundleOf("kind.ts", "broken.ts")).toBeUndefined()
    expect((await outcomeWith(undefined, "kind.ts")).out).toBe(sources)
  })

  it("does not pile up: what was made long ago goes when something new is made", async () => {
    const near = join(folder.path, "project")
    const cache = join(near, "node_modules", ".cache", "cambium")
    mkdirSync(cache, { recursive: true })
    writeFileSync(join(near, "package.json"), "{}")
    await pause(50)
    const make = () => workerBundle([address("kind.ts")], join(near, "graph.ts"))
    const pointer = basename(fileURLToPath(String(await make().then(make)))).replace(".mjs", "")
    const [first = ""] = readdirSync(join(cache, pointer))
    for (const name of ["graph-of-before.mjs", "tool-of-before.mjs"]) writeFileSync(join(cache, name), "")
    for (const one of ["graph-of-before.mjs", "tool-of-before.mjs", join(pointer, first)]) utimesSync(join(cache, one), 1e9, 1e9)
    await write("kind.ts", "30 + from")
    await make()
    expect(readdirSync(cache).sort()).toEqual(["tool-of-before.mjs", pointer, `${pointer}.mjs`])
    expect(readdirSync(join(cache, pointer))).toEqual([expect.not.stringMatching(first)])
  })

  it("fails with the lines of sources, bundled or not", async () => {
    await write("failing.ts", "failed()")
    const [bundled, read] = [await outcomeWith(await bundleOf("failing.ts"), "failing.ts"), await outcomeWith(undefined, "failing.ts")]
    const places = ({ stack }: { readonly stack: string }): readonly string[] => [...stack.matchAll(/failing\.ts:\d+/g)].map(([place]) => place)
    expect(places(bundled)).toEqual(["failing.ts:6", "failing.ts:8"])
    expect(places(read)).toEqual(places(bundled))
  })
})
