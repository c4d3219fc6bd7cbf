/**
 * Which vector instructions onnxruntime's float kernels pick on this machine. Its matrix and transcendental kernels exist
 * once an instruction set and add in different orders, so two processors may give different last bits.
 */
import { existsSync, readFileSync } from "node:fs"
import { cpus } from "node:os"

/** From wide to narrow; the first one present is used. */
const sets = ["avx512f", "avx2", "avx"] as const

/** `x64-avx512f` where Linux says so; elsewhere the processor's model stands for what it can do. */
export const instructionSet = (): string => {
  const flags = process.platform === "linux" && process.arch === "x64" ? processorFlags() : undefined
  const set = flags === undefined ? (cpus()[0]?.model ?? "unknown") : (sets.find((name) => flags.has(name)) ?? "baseline")
  return `${process.arch}-${set}`
}

/** What the kernel lists for the first processor; nothing where it does not. */
const processorFlags = (): ReadonlySet<string> | undefined => {
  const path = "/proc/cpuinfo"
  const line = existsSync(path) ? /^flags\s*:(.*)$/m.exec(readFileSync(path, "utf8"))?.[1] : undefined
  return line === undefined ? undefined : new Set(line.split(" "))
}
