import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as E from "fp-ts/lib/Either.js"
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fetchData, fetchDataSet } from "../../../tools/data/fetch.ts"
import { dataSets, type DataSet } from "../../../tools/data/known.ts"
import { runProgram, type RunProgram } from "../../../tools/data/run-program.ts"

const content = "a package"
const set: DataSet = {
  name: "demo",
  about: "",
  licence: "MIT",
  packages: [
    {
      name: "demo-data",
      version: "1:2.0-1",
      sha256: createHash("sha256").update(content).digest("hex"),
      pool: "pool/main/d/demo/demo-data_2.0-1_all.deb",
      bytes: 9,
      keep: { "usr/share/demo": "texts" },
    },
  ],
}

describe("cambium data", () => {
  let dir = ""
  let calls: string[] = []
  const lines: string[] = []
  /** Stands in for apt-get (writes `bytes`) and dpkg (unpacks one file). */
  const programs = (bytes: string): RunProgram => async (program, args, cwd) => {
    calls.push([program, args[0]].join(" "))
    if (program === "apt-get") await writeFile(join(cwd, "demo-data_1%3a2.0-1_all.deb"), bytes)
    else {
      const file = join(args[2] ?? "", "usr/share/demo/a.txt")
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, "text")
    }
    return E.right(null)
  }
  const fetch = (run: RunProgram, signal = new AbortController().signal) =>
    fetchDataSet(set, { dir, onProgress: (line) => lines.push(line), signal, run })
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "cambium-data-"))
    calls = []
    lines.length = 0
  })
  afterEach(() => rm(dir, { recursive: true }))

  it("downloads, checks, unpacks and moves into place, saying what it does", async () => {
    expect(await fetch(programs(content))).toEqual(E.right({ _tag: "Fetched", folder: join(dir, "demo"), fresh: true }))
    expect(await readFile(join(dir, "demo/texts/a.txt"), "utf8")).toBe("text")
    expect(calls).toEqual(["apt-get download", "dpkg -x"])
    expect(lines).toEqual(["1 of 1: downloading demo-data 1:2.0-1 (0.0 MB)", "1 of 1: unpacking demo-data"])
    expect(await readdir(dir)).toEqual(["demo"])
  })

  it("does nothing the second time", async () => {
    await fetch(programs(content))
    calls = []
    expect(await fetch(programs(content))).toMatchObject({ right: { fresh: false } })
    expect(calls).toEqual([])
  })

  it("replaces a set that another version of the manifest made", async () => {
    await mkdir(join(dir, "demo"))
    await writeFile(join(dir, "demo/manifest.json"), "{}")
    await writeFile(join(dir, "demo/old.txt"), "")
    expect(await fetch(programs(content))).toMatchObject({ right: { fresh: true } })
    expect(existsSync(join(dir, "demo/old.txt"))).toBe(false)
  })

  it("takes a package that was fetched by hand", async () => {
    await mkdir(join(dir, "packages"))
    await writeFile(join(dir, "packages/demo-data_2.0-1_all.deb"), content)
    expect(await fetch(programs("other"))).toMatchObject({ right: { fresh: true } })
    expect(calls).toEqual(["dpkg -x"])
  })

  it("refuses a package with another SHA-256 and leaves nothing behind", async () => {
    const fetched = await fetch(programs("tampered"))
    expect(E.isLeft(fetched) && fetched.left.message).toMatch(/expected SHA-256 [0-9a-f]{64} \(demo-data 1:2\.0-1\), got [0-9a-f]{64}/)
    expect(await readdir(dir)).toEqual([])
  })

  it("says what to fetch by hand and where to put it when apt-get is missing", async () => {
    const missing: RunProgram = (program, args, cwd, signal) => runProgram(`cambium-no-${program}`, args, cwd, signal)
    const fetched = await fetch(missing)
    const message = E.isLeft(fetched) ? fetched.left.message : ""
    expect(message).toContain("the program cambium-no-apt-get is not installed")
    expect(message).toContain(`fetch https://deb.debian.org/debian/pool/main/d/demo/demo-data_2.0-1_all.deb by hand, put it into ${join(dir, "packages")}`)
  })

  it("fetches packages of npm likewise, of which nothing is installed either", async () => {
    const tarball = "demo-weights-1.0.0.tgz"
    const npm: DataSet = { ...set, packages: [{ name: "@demo/weights", version: "1.0.0", sha256: createHash("sha256").update(content).digest("hex"), tarball, bytes: 9, keep: { "package/a.bin": "a.bin" } }] }
    const run: RunProgram = async (program, args, cwd) => {
      calls.push([program, ...args.slice(0, 2)].map((arg) => arg.replace(dir, "").replace(/\/\.demo-[^/]*/, "")).join(" "))
      if (program === "npm") await writeFile(join(cwd, tarball), content)
      else {
        await mkdir(join(args.at(-1) as string, "package"))
        await writeFile(join(args.at(-1) as string, "package/a.bin"), "weights")
      }
      return E.right(null)
    }
    const options = { dir, onProgress: () => undefined, signal: new AbortController().signal }
    expect(await fetchDataSet(npm, { ...options, run })).toMatchObject({ right: { fresh: true } })
    expect(await readFile(join(dir, "demo/a.bin"), "utf8")).toBe("weights")
    expect(calls).toEqual(["npm pack @demo/weights@1.0.0", `tar -xzf /0/${tarball}`])
    await rm(join(dir, "demo"), { recursive: true })
    const offline = await fetchDataSet(npm, { ...options, run: async () => E.left("no network") })
    expect(E.isLeft(offline) && offline.left.message).toBe(`@demo/weights: no network; fetch https://registry.npmjs.org/@demo/weights/-/weights-1.0.0.tgz by hand, put it into ${join(dir, "packages")} as ${tarball}, and run this again`)
  })

  it("stops when it is interrupted and leaves nothing behind", async () => {
    const controller = new AbortController()
    const slow: RunProgram = (_program, _args, cwd, signal) => {
      controller.abort()
      return runProgram(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], cwd, signal)
    }
    await expect(fetch(slow, controller.signal)).rejects.toThrow(/abort/i)
    expect(await readdir(dir)).toEqual([])
  })

  it("passes on what a program says when it fails", async () => {
    const script = "console.error('E: no such package'); process.exit(100)"
    const failed = await runProgram(process.execPath, ["-e", script], dir, new AbortController().signal)
    expect(E.isLeft(failed) && failed.left).toMatch(/ended with code 100: E: no such package$/)
  })

  it("names the known sets when the name is not one of them", async () => {
    const fetched = await fetchData("nope", { dir, onProgress: () => undefined, signal: new AbortController().signal })
    expect(fetched).toMatchObject({ left: { message: "unknown data set nope; known are libreoffice-help, unifont, onnx-node-tests, fashion-mnist, face-api, silero-vad, asterisk-prompts, esrgan-slim, wordnet, quiz" } })
    for (const { packages } of dataSets) for (const { sha256 } of packages) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  })
})
