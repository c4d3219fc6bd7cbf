/** The other house rules on made-up files, the README's commands, and the tree of this repository as it is. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { codeRules } from "../../../tools/check/code-rules.ts"
import { fileRules, lookAgain } from "../../../tools/check/file-rules.ts"
import { readmeCommands } from "../../../tools/check/readme-commands.ts"
import { makeSource, readSources } from "../../../tools/check/source.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const opening = "/** What it is. */\n"
const fileFaults = (path: string, text = opening) => fileRules(makeSource(path, text)).map(({ message }) => message)
const codeFaults = (path: string, text: string) => codeRules(makeSource(path, opening + text)).map(({ line, message }) => `${line}: ${message}`)

describe("rules about files", () => {
  it("400 lines are the most, and more than 250 are worth another look", () => {
    const long = (lines: number) => makeSource("src/base/a.ts", opening + "1\n".repeat(lines - 1))
    expect(fileRules(long(400))).toEqual([])
    expect(fileRules(long(401))).toMatchObject([{ message: "401 lines; the most is 400" }])
    expect(lookAgain([long(250), long(251), long(401)])).toHaveLength(1)
  })

  it("names say what is inside, in kebab-case", () => {
    expect(fileFaults("src/base/counter-based.ts")).toEqual([])
    expect(fileFaults("src/base/utils.ts")).toEqual([expect.stringContaining("utils says nothing")])
    expect(fileFaults("src/core/a.ts")).toEqual([expect.stringContaining("core says nothing")])
    expect(fileFaults("src/base/counterBased.ts")).toEqual([expect.stringContaining("kebab-case")])
  })

  it("files open by saying what they are; tests may let their names do that", () => {
    expect(fileFaults("src/base/a.ts", 'import "node:fs"\n')).toEqual(["opens without a comment that says what it is"])
    expect(fileFaults("tools/a.mjs", `#!/usr/bin/env node\n${opening}`)).toEqual([])
    expect(fileFaults("tests/src/a.test.ts", "1\n")).toEqual([])
  })
})

describe("rules about code", () => {
  it("the library and its nodes are silent", () => {
    expect(codeFaults("nodes/metric/a.ts", "console.log(1)\n")).toEqual([expect.stringContaining("2: the library and its nodes are silent")])
    expect(codeFaults("tools/a.ts", "console.log(1)\n")).toEqual([])
    expect(codeFaults("src/base/a.ts", "export const x = { log: (a: { console: number }) => a.console }\n")).toEqual([])
  })

  it("default exports are for graph files", () => {
    for (const text of ["export default 1\n", "export default function f() {}\n", "const a = 1\nexport { a as default }\n"]) {
      expect(codeFaults("src/base/a.ts", text)).toEqual([expect.stringContaining("default exports are for graph files")])
      expect(codeFaults("graphs/a.ts", text)).toEqual([])
    }
  })

  it("no any, no silenced checker, no promises in comments, no state of modules", () => {
    expect(codeFaults("src/base/a.ts", "export const f = (x: any) => x\n")).toEqual([expect.stringContaining("any switches the type checker off")])
    expect(codeFaults("src/base/a.ts", `// @ts-${"ignore"}\nexport const a = 1\n`)).toEqual([expect.stringContaining("silences the type checker")])
    expect(codeFaults("src/base/a.ts", `export const a = 1 // ${"TO"}DO: more\n`)).toEqual([expect.stringContaining("2: a comment says")])
    expect(codeFaults("src/base/a.ts", `export const a = "${"TO"}DO"\n`)).toEqual([])
    expect(codeFaults("src/base/a.ts", "let count = 0\nexport const next = () => count++\n")).toEqual([expect.stringContaining("module-level mutable state")])
    expect(codeFaults("src/base/a.ts", "export const f = () => {\n  let count = 0\n  return count++\n}\n")).toEqual([])
  })
})

describe("the README's commands", () => {
  const check = (...lines: string[]) =>
    readmeCommands(["# Title", "```sh", ...lines, "```", "npm run nowhere"].join("\n"), { folder: root, scripts: ["start", "test", "bench"] }).map(({ line, message }) => `${line}: ${message}`)

  it("pass when they parse and their files are there", () => {
    expect(check("npm ci && npm start   # the whole of it", "npm start -- --set compose.weight=0.3", "$ npx cambium show tests/support/graphs/walks.ts --json", "cambium run FILE --tiny", "npm run bench", "git clone x", "npx cambium data unifont")).toEqual([])
  })

  it("are named with their line when they would not work", () => {
    expect(check("npm run nowhere")).toEqual(["3: npm run nowhere: package.json has no script nowhere"])
    expect(check("", "npm start -- --sett a.b=1")).toEqual([expect.stringMatching(/^4: .*there is no option --sett; did you mean --set\?$/)])
    expect(check("npx cambium rn graphs/a.ts")).toEqual(["3: npx cambium rn graphs/a.ts: there is no command rn"])
    expect(check("npx cambium show graphs/nowhere.ts")).toEqual(["3: npx cambium show graphs/nowhere.ts: there is no file graphs/nowhere.ts"])
  })
})

describe("reading the tree", () => {
  it("finds this file, resolves doors, and leaves out programs of others", () => {
    const sources = readSources(root)
    const here = sources.find(({ path }) => path === "tests/tools/check/rules.test.ts")
    expect(here?.text).toBe(readFileSync(fileURLToPath(import.meta.url), "utf8"))
    const test = sources.find(({ path }) => path === "tests/src/graph/json.test.ts")
    expect(test?.imports.find(({ specifier }) => specifier === "#src")).toMatchObject({ target: "src/index.ts", typeOnly: false })
    expect(sources.filter(({ path }) => path.startsWith("tools/bench/peers/"))).toEqual([])
  })
})
