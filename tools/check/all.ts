/**
 * Every check that is not a test: the house rules of the tree, and the type checker. Prints what it finds and gives
 * back the exit code. The rules themselves are pure functions over sources, one a file.
 */
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { codeRules } from "./code-rules.ts"
import { cycles } from "./cycles.ts"
import { fileRules, lookAgain } from "./file-rules.ts"
import { importTable } from "./import-table.ts"
import { readmeCommands } from "./readme-commands.ts"
import { readSources, type Finding } from "./source.ts"

/** 0 when everything holds. `root` is the folder of package.json. */
export const checkAll = async (root: URL): Promise<number> => {
  const folder = fileURLToPath(root)
  const types = Promise.all([typeCheck(folder, "."), typeCheck(folder, "src/live/page")]).then((codes) => Math.max(...codes))
  const sources = readSources(folder)
  const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { readonly scripts: Readonly<Record<string, string>> }
  const readme = new URL("README.md", root)
  const findings = [
    ...sources.flatMap((source) => [...fileRules(source), ...codeRules(source), ...importTable(source, sources)]),
    ...cycles(sources),
    ...(existsSync(readme) ? readmeCommands(readFileSync(readme, "utf8"), { folder, scripts: Object.keys(manifest.scripts) }) : [{ file: "README.md", line: 1, message: "is missing" }]),
  ]
  for (const source of lookAgain(sources)) console.log(`${source.path}: ${source.lines} lines; could it be two files?`)
  for (const finding of findings) console.error(describeFinding(finding))
  const code = await types
  const lines = sources.reduce((total, source) => total + source.lines, 0)
  console.log(`checks: ${sources.length} files, ${lines} lines, ${findings.length} findings, types ${code === 0 ? "hold" : "do not hold"}`)
  return findings.length > 0 || code !== 0 ? 1 : 0
}

const describeFinding = ({ file, line, message }: Finding): string => `${file}:${line}: ${message}`

/** Exit code of the type checker for a project below `folder`; what it has to say goes to the terminal. */
const typeCheck = (folder: string, project: string): Promise<number> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve("typescript/bin/tsc")), "-p", project], { cwd: folder, stdio: "inherit" })
    child.on("close", (code) => done(code ?? 1))
  })
