/**
 * Every command that the README tells people to type is executed here, at the tiny size and on a device that every
 * machine has; but not those that install, fetch from the network, measure for minutes, test everything or never end.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it, vi } from "vitest"
import { cambium } from "../tools/cambium.ts"
import { modelTensors, small, writeModel } from "./nodes/merger/checkpoint/made-models.ts"
import { scratchFolder } from "./support/command.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const folder = scratchFolder()
const home = process.cwd()
afterAll(() => {
  process.chdir(home)
  folder.remove()
})

/** Arguments after `cambium` of every command in the README's shell blocks. */
const commands = (readme: string): readonly (readonly string[])[] =>
  [...readme.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = ""]) => block.split("\n")).flatMap((line) => {
    const words = (line.replace(/(^|\s)#.*$/, "").trim().match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"))
    if (words[0] === "npx" && words[1] === "cambium") return [words.slice(2)]
    return words[0] === "npm" && words[1] === "start" && words[2] === "--" ? [["run", "graphs/growing-transformer.ts", ...words.slice(3)]] : []
  })

const skipped = ["data libreoffice-help", "text.corpus=libreoffice-help", "live graphs/"]
const found = commands(readFileSync(join(root, "README.md"), "utf8"))
const executed = found.filter((words) => !skipped.some((part) => words.join(" ").includes(part)))

/** The models that the README's merge names. */
for (const name of ["model-a", "model-b"]) writeModel(join(folder.path, "path/to", name), modelTensors(small, name))

/** Small enough for a test. */
const tiny = ([name = "", ...rest]: readonly string[]): readonly string[] => {
  if (name === "merge") return [name, join(root, rest[0] ?? ""), ...rest.slice(1)]
  if (!["run", "show", "export", "why", "diff", "log"].includes(name)) return [name, ...rest]
  const [file = "", ...options] = rest
  const device = name === "show" || name === "log" || options.includes("--device") ? [] : ["--device", "gpujs:cpu"]
  const steps = options.map((word) => word.replace(/steps=\d+/, "steps=10"))
  const stages = file.includes("growing") && !options.includes("--tiny") && !options.some((word) => word.startsWith("stages=")) ? ["--set", "stages=1"] : []
  const jobs = name !== "run" || options.includes("--jobs") ? [] : ["--jobs", "1"]
  return [name, join(root, file), ...stages, ...steps, ...(options.includes("--tiny") ? [] : ["--tiny"]), ...device, ...jobs]
}

it("knows the commands of the README", () => {
  expect(executed.length).toBeGreaterThan(15)
  expect([...new Set(executed.map(([name]) => name))]).toEqual(expect.arrayContaining(["run", "show", "export", "devices", "merge", "help", "why", "diff", "log"]))
  expect(found.length - executed.length).toBe(skipped.length)
})

it.each(executed.map((words) => [words.join(" "), words] as const))("cambium %s", async (_, words) => {
  process.chdir(folder.path)
  const said: string[] = []
  const spies = [vi.spyOn(console, "log").mockImplementation((text) => void said.push(String(text))), vi.spyOn(console, "error").mockImplementation((text) => void said.push(String(text)))]
  const code = await cambium(tiny(words)).finally(() => spies.forEach((spy) => spy.mockRestore()))
  expect(code, said.join("\n")).toBe(0)
  expect(said.join("\n").length).toBeGreaterThan(0)
}, 240_000)
