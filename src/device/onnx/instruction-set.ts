/**
 * Which vector instructions onnxruntime's float kernels pick on this machine. Its matrix and transcendental kernels exist
 * once an instruction set and add in different orders, so two processors may give different last bits.
 */
import { readFileSync } from "node:fs"
import { cpus } from "node:os"

/** From wide to narrow; the first one present is used. */
const sets = ["avx512f", "avx2", "avx"] as const

/** `x64-avx512f` on Linux; elsewhere the processor's model stands for what it can do. Also on arm64, where no choice is made by flag. */
export const instructionSet = (): string => {
  if (process.platform !== "linux" || process.arch !== "x64") return `${process.arch}-${cpus()[0]?.model ?? "unknown"}`
  const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" "))
  return `${process.arch}-${sets.find((set) => flags.has(set)) ?? "baseline"}`
}
