/** Import cycles that are left when types are erased: modules that would see each other half made. */
import type { Finding, Source } from "./source.ts"

/** One finding a cycle, at the import that closes it. */
export const cycles = (sources: readonly Source[]): readonly Finding[] => {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const state = new Map<string, "open" | "done">()
  const trail: string[] = []
  const findings: Finding[] = []
  const visit = (source: Source): void => {
    state.set(source.path, "open")
    trail.push(source.path)
    for (const { target, typeOnly, line } of source.imports) {
      const next = target === undefined ? undefined : byPath.get(target)
      if (typeOnly || next === undefined) continue
      if (state.get(next.path) === "open") {
        const loop = [...trail.slice(trail.indexOf(next.path)), next.path]
        findings.push({ file: source.path, line, message: `closes a cycle of imports: ${loop.join(" -> ")}` })
      } else if (!state.has(next.path)) visit(next)
    }
    trail.pop()
    state.set(source.path, "done")
  }
  for (const source of sources) if (!state.has(source.path)) visit(source)
  return findings
}
