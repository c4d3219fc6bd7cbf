/**
 * The commands that the README tells people to type: every one must parse, name a script that exists and a file that
 * is there. Running them all would take minutes; the main ones are run by .ci/run, the others by the command's tests.
 */
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseCommand } from "../command/parse-command.ts"
import { commands } from "../command/spec.ts"
import type { Finding } from "./source.ts"

interface Project {
  readonly folder: string
  /** Names of package.json's scripts. */
  readonly scripts: readonly string[]
}

/** Commands in the `sh`, `bash` and `console` blocks of a README that would not work. */
export const readmeCommands = (readme: string, project: Project): readonly Finding[] => {
  const findings: Finding[] = []
  let inside = false
  for (const [index, line] of readme.split("\n").entries()) {
    if (line.startsWith("```")) inside = !inside && /^```(sh|bash|shell|console)\b/.test(line)
    else if (inside) {
      for (const command of line.replace(/(^|\s)#.*$/, "").replace(/^\s*\$ /, "").split("&&")) {
        const message = faultOf(command.trim(), project)
        if (message !== undefined) findings.push({ file: "README.md", line: index + 1, message })
      }
    }
  }
  return findings
}

const faultOf = (command: string, project: Project): string | undefined => {
  const words = (command.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"))
  const [program, first = ""] = words
  if (program === "npm") {
    const own = first === "run" ? words[2] ?? "" : ["start", "test"].includes(first) ? first : undefined
    if (own !== undefined && !project.scripts.includes(own)) return `${command}: package.json has no script ${own}`
    const after = words.indexOf("--")
    return first === "start" && after > 0 ? cambiumFault(["run", "graphs/growing-transformer.ts", ...words.slice(after + 1)], command, project) : undefined
  }
  if (program === "npx" && first === "cambium") return cambiumFault(words.slice(2), command, project)
  if (program === "cambium") return cambiumFault(words.slice(1), command, project)
  return undefined
}

const cambiumFault = ([name = "", ...rest]: readonly string[], command: string, project: Project): string | undefined => {
  if (["help", "--help", "--version", ""].includes(name)) return undefined
  const spec = commands[name]
  if (spec === undefined) return `${command}: there is no command ${name}`
  if (spec.parsesItself === true) return undefined
  const line = parseCommand(name, rest)
  if (E.isLeft(line)) return `${command}: ${line.left.split("\n")[0]}`
  const [file] = line.right.operands
  const placeholder = file === undefined || /^[A-Z]+$/.test(file)
  return placeholder || existsSync(join(project.folder, file)) ? undefined : `${command}: there is no file ${file}`
}
