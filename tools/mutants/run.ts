/**
 * Applies each mutant to a copy of the tree, runs the property tests of the engine on it, and tells which faults they
 * noticed. The tree itself is left alone.
 */
import { spawn } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { mutants, type Mutant } from "./list.ts"

const tests = ["sessions", "key-laws", "transports"].map((name) => `tests/src/engine/${name}.test.ts`)
const parts = ["package.json", "tsconfig.json", "vitest.config.ts", "src", "nodes", "tests/src/engine", "tests/support"]

/** What `mutant` makes of the text of its file; undefined when it does not fit it. */
export const mutated = ({ was, becomes }: Mutant, text: string): string | undefined => {
  const pieces = text.split(was)
  return pieces.length === 2 ? pieces.join(becomes) : undefined
}

/** Runs `npm run mutants`: 0 when every mutant is caught, and the tests hold without one. */
export const runMutants = async (root: URL, say: (line: string) => void, wanted: string | undefined): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), "cambium-mutants-"))
  try {
    for (const part of parts) cpSync(new URL(part, root), join(folder, part), { recursive: true })
    symlinkSync(fileURLToPath(new URL("node_modules", root)), join(folder, "node_modules"))
    if (!(await holds(folder))) {
      say("the tests do not hold as things are: nothing is told about mutants")
      return 1
    }
    let survivors = 0
    const chosen = mutants.filter(({ fault }) => wanted === undefined || fault.includes(wanted))
    for (const mutant of chosen) {
      const path = join(folder, mutant.file)
      const text = readFileSync(path, "utf8")
      const other = mutated(mutant, text)
      if (other !== undefined) writeFileSync(path, other)
      const isCaught = other !== undefined && !(await holds(folder))
      writeFileSync(path, text)
      if (!isCaught) survivors++
      say(`${isCaught ? "caught  " : other === undefined ? "does not fit" : "SURVIVED"}  ${mutant.file}: ${mutant.fault}`)
    }
    say(`${chosen.length - survivors} of ${chosen.length} mutants caught`)
    return survivors === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A mutant may make the engine hang; that is noticed too. */
const mostMs = 300_000

const holds = (folder: string): Promise<boolean> =>
  new Promise((resolve) => {
    const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")))
    const child = spawn(process.execPath, [vitest, "run", "--bail=1", ...tests], { cwd: folder, stdio: "ignore", detached: true })
    // With its workers, which a loop without end would keep.
    const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), mostMs)
    child.on("close", (code) => {
      clearTimeout(timer)
      resolve(code === 0)
    })
  })
