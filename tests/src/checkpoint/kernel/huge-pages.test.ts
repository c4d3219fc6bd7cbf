import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { makeArena } from "../../../../src/checkpoint/kernel/arena.ts"
import { hugePageBytes, hugePages, thisSystem, type System } from "../../../../src/checkpoint/kernel/huge-pages.ts"

type Call = readonly [memory: ArrayBufferLike, bytes: number, advice: number]

/** A system with its settings, and what is asked of it. */
const system = (setting: string | undefined, { platform = "linux", hasPackage = true } = {}) => {
  const [calls, loaded]: [Call[], string[]] = [[], []]
  const given: System = {
    platform,
    read: () => {
      if (setting === undefined) throw new Error("no such file")
      return setting
    },
    load: (name) => {
      loaded.push(name)
      if (!hasPackage) throw new Error("no such package")
      return { load: () => ({ func: () => ({ buffer }: Uint8Array, bytes: number, advice: number) => calls.push([buffer, bytes, advice]) && -1 }) }
    },
  }
  return { given, calls, loaded }
}

describe("[F5] large pages", () => {
  it("are asked for where the system gives them to those who ask, of all of the memory; that it refuses is no failure", () => {
    const { given, calls } = system("always [madvise] never\n")
    const memory = new ArrayBuffer(64)
    hugePages(given)?.advise(memory)
    expect(calls).toEqual([[memory, 64, 14]])
  })

  it.each([
    ["gives them to all", system("[always] madvise never\n")],
    ["gives them to nobody", system("always madvise [never]\n")],
    ["knows none", system(undefined)],
    ["is another", system("always [madvise] never\n", { platform: "darwin" })],
  ])("are not asked for, and nothing is loaded, where the system %s", (_, { given, loaded }) => {
    expect(hugePages(given)).toBeUndefined()
    expect(loaded).toEqual([])
  })

  it("are not asked for without the package", () => {
    expect(hugePages(system("always [madvise] never\n", { hasPackage: false }).given)).toBeUndefined()
  })

  /** Bytes of this process's memory for which large pages were asked; whether they are given is up to the system at that moment. */
  const asked = (): number =>
    readFileSync("/proc/self/smaps", "utf8")
      .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
      .filter((range) => /^VmFlags:.*\bhg\b/m.test(range))
      .reduce((bytes, range) => bytes + Number(/^Size:\s+(\d+) kB$/m.exec(range)?.[1]) * 1024, 0)

  it.skipIf(hugePages(thisSystem) === undefined)("are asked for an arena of some MiB, as it grows, on a system that gives them to those who ask", () => {
    const [arena, before] = [makeArena(), asked()]
    arena.reserve(hugePageBytes)
    expect(asked() - before).toBe(0)
    for (const bytes of [4 * hugePageBytes, 16 * hugePageBytes]) {
      arena.reserve(bytes)
      expect(asked() - before).toBe(arena.buffer().byteLength)
    }
  })
})
