/**
 * Code versions of kinds that were loaded, in a process that outlives changes of their sources. What runs in this thread
 * is the code that was loaded, so its version is that of then; what runs in workers is the code on disk, and a source
 * that cannot be read leaves the version it had, under which all that is cached is found. SPEC K5, L6.
 */
import type { Kind } from "../../src/engine/kind.ts"

export const loadedCodeVersions = (now: (kind: Kind) => Promise<string>): ((kind: Kind) => Promise<string>) => {
  const known = new Map<Kind, string>()
  return async (kind) => {
    const before = known.get(kind)
    if (before !== undefined && kind.cores === 0) return before
    try {
      const version = await now(kind)
      known.set(kind, version)
      return version
    } catch (error) {
      if (before !== undefined) return before
      throw error
    }
  }
}
