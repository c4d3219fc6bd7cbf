/** Every kind of bad input: a message that names file, node, port and param, the right exit code, no stack trace, nothing lost. */
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { cambium } from "../../../tools/cambium.ts"
import { graphFile, hashesOf, runCommand, scratchFolder, statesOf, type Ended } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const file = graphFile("walks.ts")
const run = (...args: string[]): Promise<Ended> => runCommand(["run", ...args, "--jobs", "1"], folder.path)

/** The same command line in this process, for what ends before a graph runs: much cheaper than a process each. */
const runHere = async (...args: string[]): Promise<Ended> => {
  const said = { log: "", error: "" }
  const spies = (["log", "error"] as const).map((to) => vi.spyOn(console, to).mockImplementation((text: unknown) => void (said[to] += `${String(text)}\n`)))
  const code = await cambium(["run", ...args]).finally(() => spies.forEach((spy) => spy.mockRestore()))
  return { code, stdout: said.log, stderr: said.error, lines: () => [] }
}

const expectNoTrace = ({ stdout, stderr }: Ended): void => expect(stdout + stderr).not.toMatch(/^\s+at .+:\d+:\d+/m)

describe("a graph or a command line that is wrong ends with 2 before anything runs", () => {
  it.each([
    ["a param out of range", [file, "--set", "sum.weight=2"], `${file}: node sum, param weight: expected a number from 0 to 1, got 2`],
    ["a misspelt param and a misspelt node", [file, "--set", "walk/1.stepz=3", "--set", "smu.weight=0"], `${file}: node walk/1, param stepz: expected one of the params steps, pause, stubborn, loud (did you mean steps?)`],
    ["wrong wires", [graphFile("wrong-wiring.ts")], `${graphFile("wrong-wiring.ts")}: node walk, port words: expected an output of type words, got words.table of type table`],
    ["a cycle", [graphFile("cycle.ts")], `${graphFile("cycle.ts")}: nodes second -> first -> second: a cycle`],
    ["no graph file", ["nowhere.ts"], "nowhere.ts: expected a graph file, got no such file"],
    ["a --set without a value", [file, "--set", "sum.weight"], '--set expects node.param=value, got "sum.weight"'],
    ["no tiny size", [graphFile("cycle.ts"), "--tiny"], `${graphFile("cycle.ts")}: expected an export named tiny for --tiny, got none`],
    ["an unknown device", [file, "--device", "onxn"], "--device: expected one of auto, onnx, gpujs:webasm, gpujs:cpu, gpujs:webgpu, onnx:cuda, onnx:coreml, onnx:dml, onnx:webgpu (did you mean onnx?), got onxn"],
    ["a seed that is no number", [file, "--seed", "one"], '--seed: expected a whole number from 0 to 9007199254740991, got "one"'],
    ["a misspelt option", [file, "--jsno"], "cambium run: there is no option --jsno; did you mean --json?"],
  ])("%s", async (_, args, message) => {
    const ended = await runHere(...args)
    expect([ended.code, ended.stdout]).toEqual([2, ""])
    expect(ended.stderr).toContain(message)
    expectNoTrace(ended)
  })

  it("names every wrong wire at once", async () => {
    const { stderr } = await runHere(graphFile("wrong-wiring.ts"), "--json")
    expect(stderr.trim().split("\n").map((line) => line.slice(graphFile("wrong-wiring.ts").length + 2))).toEqual([
      "node walk, port words: expected an output of type words, got words.table of type table",
      "node measure, port number: there is no such input; expected numbers (did you mean numbers?)",
      "node measure, port numbers: expected an output of type numbers, got nothing",
      "node sum, port numbers: expected an output of type numbers, got nothing",
    ])
  })
})

describe("a graph file that cannot be read ends with 2 and names the line", () => {
  const cases: readonly (readonly [name: string, text: string, message: string])[] = [
    ["syntax.ts", 'export const name = "a"\nexport default graph(\n', "syntax.ts:3:1: Unexpected end of file"],
    ["missing.ts", 'import { x } from "./not-there.ts"\nexport default x\n', "missing.ts: imports not-there.ts, and there is no such file"],
    ["package.ts", 'import x from "not-a-package"\nexport default x\n', "package.ts: imports not-a-package, and there is no such package; is it installed?"],
    ["no-export.ts", 'import { x } from "./no-graph.ts"\nexport default x\n', "no-export.ts:1: The requested module './no-graph.ts' does not provide an export named 'x'"],
    ["throws.ts", 'const stages: number = 3\nif (stages > 2) throw new Error("too many stages")\nexport default stages\n', "throws.ts:2:23: too many stages"],
    ["no-default.ts", "export const x = 7\n", 'no-default.ts: expected a default export, got none: export default graph("name", (g) => { … })'],
    ["no-graph.ts", "export default 7\n", "no-graph.ts: expected the default export to be made by graph(…), got number"],
  ]
  const own = scratchFolder()
  afterAll(own.remove)
  beforeAll(() => {
    writeFileSync(join(own.path, "package.json"), '{ "type": "module" }')
    for (const [name, text] of cases) writeFileSync(join(own.path, name), text)
  })

  it("whatever is wrong with it", () => {
    const script = fileURLToPath(new URL("../../support/load-graphs.mjs", import.meta.url))
    const { stdout } = spawnSync(process.execPath, [script, ...cases.map(([name]) => name)], { cwd: own.path, encoding: "utf8" })
    const problems = JSON.parse(stdout) as { readonly messages: readonly string[] }[]
    expect(problems.map(({ messages }) => messages)).toEqual(cases.map(([, , message]) => [message]))
  })

  it("and shows the stack trace only when asked to", async () => {
    const ended = await runCommand(["run", "throws.ts", "--debug"], own.path)
    expect([ended.code, ended.stdout]).toEqual([2, ""])
    expect(ended.stderr).toMatch(/^throws\.ts:2:23: too many stages\nError: too many stages\n\s+at /)
  })

  it("and must lie where modules do", async () => {
    const outside = scratchFolder()
    writeFileSync(join(outside.path, "graph.ts"), "export default 7\n")
    const ended = await runHere(join(outside.path, "graph.ts"))
    outside.remove()
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('expected a file below a package.json with "type": "module"')])
  })
})

describe("what goes wrong while running", () => {
  beforeAll(async () => void (await run(file, "--json")))

  it("a missing text file fails its node, names file and param, and blocks what needs it", async () => {
    const ended = await run(file, "--set", "words.file=nowhere.txt")
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/failed +words +\d+ ms +param file: nowhere\.txt: expected a readable text file, got no such file/)
    expect(ended.stdout).toContain("0 ran, 0 reused, 1 failed, 5 blocked")
    expectNoTrace(ended)
  })

  it("a mistake in a kind is shown without its stack trace, which --debug adds", async () => {
    const ended = await run(file, "--set", "sum.bug=true", "--json", "--debug")
    expect(ended.code).toBe(1)
    expect(ended.lines().find((line) => line.node === "sum")).toMatchObject({ state: "failed", error: "a mistake in the kind" })
    expect(ended.stderr).toMatch(/^sum: TypeError: a mistake in the kind\n\s+at .+kinds\.ts/)
  })

  it("a truncated blob is a miss: only its node runs again, to the same content, and that when something reads it", async () => {
    // Long enough for a file of its own.
    const long = (...more: string[]) => run(file, "--json", "--set", "walk/1.steps=600", "--store", "long", ...more)
    const before = await long()
    const blobs = readdirSync(join(folder.path, "long/blobs"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const { numbers = "" } = hashesOf(before)["walk/1"] ?? {}
    const blob = blobs.map((entry) => join(entry.parentPath, entry.name)).find((path) => path.replaceAll("/", "").includes(numbers.slice(8)))
    expect(blob).toBeDefined()
    truncateSync(blob ?? "", Math.floor(statSync(blob ?? "").size / 2))
    const unread = await long()
    expect(statesOf(unread)).toMatchObject({ words: "reused", "walk/1": "reused", sum: "reused" })
    const again = await long("--set", "sum.weight=0.25")
    expect(again.code).toBe(0)
    expect(statesOf(again)).toMatchObject({ words: "reused", "walk/1": "ran", "walk/2": "reused", sum: "ran", display: "reused" })
    expect(again.lines().findLast((line) => line.node === "walk/1")?.why).toMatch(/^(resumed at 600; )?its result is gone/)
    expect(hashesOf(again)["walk/1"]).toEqual(hashesOf(before)["walk/1"])
  })

  it("a store that cannot be written to is named, and nothing is lost", async () => {
    writeFileSync(join(folder.path, "a-file"), "not a folder")
    const ended = await runHere(file, "--store", join(folder.path, "a-file"))
    expect([ended.code, ended.stdout]).toEqual([1, ""])
    expect(ended.stderr).toContain(`the store ${join(folder.path, "a-file")} `)
    expectNoTrace(ended)
    const denied = await runHere(file, "--store", "/sys/cambium")
    expect([denied.code, denied.stdout]).toEqual([1, ""])
    expect(denied.stderr).toContain("the store /sys/cambium ")
    expectNoTrace(denied)
  })

  it("a report that cannot be written is named; the results are kept", async () => {
    const own = scratchFolder()
    writeFileSync(join(own.path, "runs"), "in the way")
    const ended = await runCommand(["run", file, "--json", "--store", join(folder.path, ".cambium/store")], own.path)
    own.remove()
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^runs\/walks\/report\.html: the report could not be written: /)
    expect(ended.lines().at(-1)).toMatchObject({ ran: 0, reused: 6, report: null })
  })
})

describe("a full disk", () => {
  const small = join(folder.path, "small")
  mkdirSync(small)
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", small]).status === 0
  afterAll(() => void (mounted && spawnSync("umount", [small])))

  it.skipIf(!mounted)("W6: fails with a message about the store, on opening and later; what is there can be looked at; with room again, the run ends as it should", async () => {
    const inSmall = (...args: string[]) => run(file, "--json", "--store", join(small, "store"), ...args)
    const whole = await run(file, "--json")
    expect((await inSmall("--set", "walk/*.steps=1")).code).toBe(0)
    const filler = join(small, "filler")
    expect(spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=1024"], { encoding: "utf8" }).stderr).toContain("No space left")
    const expectFull = async (): Promise<void> => {
      const full = await inSmall()
      expect(full.code).toBe(1)
      expect(full.stdout + full.stderr).toMatch(/the store \S+ is on a full disk/)
      expectNoTrace(full)
    }
    await expectFull()
    const log = await runCommand(["log", "--store", join(small, "store")], folder.path)
    expect([log.code, log.stdout]).toEqual([0, expect.stringMatching(/walks +done/)])
    const verified = await runCommand(["verify", "--store", join(small, "store")], folder.path)
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining("all of it is whole")])
    // Room to open it, too little for the index to be written.
    truncateSync(filler, statSync(filler).size - 300_000)
    await expectFull()
    rmSync(filler)
    const room = await inSmall()
    expect(room.code).toBe(0)
    expect(hashesOf(room)).toEqual(hashesOf(whole))
  })
})
