/** Files in memory: for stores that need not outlive the process. Folders are implied by paths. */
import type { Files } from "./files.ts"

const missing = (path: string): Error => Object.assign(new Error(`ENOENT: no such file ${path}`), { code: "ENOENT" })

export const memoryFiles = (): Files => {
  const held = new Map<string, Uint8Array>()
  return {
    size: (path) => held.get(path)?.length,
    read: async (path) => {
      const bytes = held.get(path)
      if (bytes === undefined) throw missing(path)
      return bytes
    },
    write: async (path, chunks) => {
      held.set(path, chunks.length === 1 ? (chunks[0] as Uint8Array).slice() : Buffer.concat(chunks))
    },
    rename: async (from, to) => {
      const bytes = held.get(from)
      if (bytes === undefined) throw missing(from)
      held.delete(from)
      held.set(to, bytes)
    },
    remove: async (path) => void held.delete(path),
    makeFolder: async () => undefined,
    list: async (path) => [...held.keys()].filter((name) => name.startsWith(`${path}/`)).map((name) => name.slice(path.length + 1)),
    modifiedAt: (path) => (held.has(path) ? 0 : undefined),
  }
}
