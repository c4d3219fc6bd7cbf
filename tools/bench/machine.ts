/**
 * The class of machine a result belongs to: cores, architecture, widest vector instructions. No names.
 */
import { readFileSync } from "node:fs"
import { availableParallelism, arch, platform } from "node:os"

/** Widest first. */
const vectorSets: readonly (readonly [flag: string, name: string])[] = [
  ["avx512f", "AVX-512"],
  ["avx2", "AVX2"],
  ["avx", "AVX"],
  ["asimd", "NEON"],
]

/** For example `2 cores, x64 with AVX-512, linux, Node v20.20.2`. */
export const machineClass = (): string => {
  let flags: readonly string[] = []
  try {
    flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(/\s+/) ?? []
  } catch {
    // Only Linux tells its instruction sets in a file; elsewhere the architecture has to do.
  }
  const vector = vectorSets.find(([flag]) => flags.includes(flag))?.[1]
  return `${availableParallelism()} cores, ${arch()}${vector === undefined ? "" : ` with ${vector}`}, ${platform()}, Node ${process.version}`
}
