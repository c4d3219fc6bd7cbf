/** The class of machine a study ran on, and the commit that made it: what others need to judge its times and to make it again. */
import { execFileSync } from "node:child_process"
import { availableParallelism, totalmem } from "node:os"

export const machineClass = (): string => `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory`

/** Of the sources of this command; says so when they were changed since. */
export const commitOf = (folder: string): string => {
  const git = (...args: string[]): string => execFileSync("git", ["-C", folder, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
  try {
    return `${git("rev-parse", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") === "" ? "" : ", with changes"}`
  } catch {
    return "unknown"
  }
}
