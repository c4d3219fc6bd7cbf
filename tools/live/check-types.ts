/** The types of a graph file and of what it imports, by TypeScript's language service: after the first time only what changed. SPEC L6. */
import { statSync } from "node:fs"
import { setPriority } from "node:os"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import type { Problem } from "../../src/live/protocol/status.ts"
import { shortPath } from "./read-graph-file.ts"

/** From the server: what to check; absolute paths, the graph file first. */
export interface Check {
  readonly id: number
  readonly files: readonly string[]
}
export interface Checked {
  readonly id: number
  readonly problems: readonly Problem[]
}

const mostProblems = 10
/** What trains goes first, yet a file that is saved while every core is busy is taken in within seconds: at 10, three busy processes on two cores held it up for two minutes. */
const niceness = 5

export const makeTypeChecker = (): ((files: readonly string[]) => readonly Problem[]) => {
  const settings = fileURLToPath(new URL("../../tsconfig.json", import.meta.url))
  const { options, fileNames } = ts.parseJsonConfigFileContent(ts.readConfigFile(settings, ts.sys.readFile).config, ts.sys, dirname(settings))
  // Nobody imports these: they say what packages without types are.
  const declarations = fileNames.filter((file) => file.endsWith(".d.ts"))
  let roots: readonly string[] = []
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({ ...options, incremental: false, noUnusedLocals: false, noUnusedParameters: false }),
    getScriptFileNames: () => [...roots],
    getScriptVersion: (file) => {
      const stat = statSync(file, { throwIfNoEntry: false })
      return stat === undefined ? "" : `${stat.mtimeMs} ${stat.size}`
    },
    getScriptSnapshot: (file) => {
      const text = ts.sys.readFile(file)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => dirname(settings),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  })
  return (files) => {
    roots = [...files.slice(0, 1), ...declarations]
    const found = files.flatMap((file) => [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)])
    return found.filter(({ category }) => category === ts.DiagnosticCategory.Error).slice(0, mostProblems).map(problemOf)
  }
}

const problemOf = ({ file, start, messageText }: ts.Diagnostic): Problem => {
  const at = file === undefined || start === undefined ? undefined : file.getLineAndCharacterOfPosition(start)
  return {
    file: file === undefined ? null : shortPath(file.fileName),
    line: at === undefined ? null : at.line + 1,
    column: at === undefined ? null : at.character + 1,
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  }
}

/** Answers messages of the parent process until it is gone. */
export const serveTypeChecks = (): void => {
  setPriority(niceness)
  const check = makeTypeChecker()
  process.on("disconnect", () => process.exit())
  // The parent stops in its own order.
  process.on("SIGINT", () => undefined)
  process.on("message", ({ id, files }: Check) => {
    const known = files.filter((file) => statSync(file, { throwIfNoEntry: false }) !== undefined)
    process.send?.({ id, problems: check(known) } satisfies Checked)
  })
}
