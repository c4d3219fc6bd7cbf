/** Files in memory: for stores that need not outlive the process. Folders are implied by paths. */
import type { Files } from "./files.ts"

const missing = (path: string): Error => Object.assign(new Error(`ENOENT: no such file ${path}`), { code: "ENOENT" })

export const memoryFiles = (): Files => {
  const held = new Map<string, Uint8Array>()
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = held.get(path)
    if (bytes === undefined) throw missing(path)
    return bytes
  }
  return {
    size: (path) => held.get(path)?.length,
    read,
    readChunks: async function* (path) {
      yield await read(path)
    },
    write: async (path, chunks) => {
      const copies: Uint8Array[] = []
      for await (const chunk of chunks) copies.push(chunk.slice())
      held.set(path, Buffer.concat(copies))
    },
    rename: async (from, to) => {
      const bytes = await read(from)
      held.delete(from)
      held.set(to, bytes)
    },
    remove: async (path) => void held.delete(path),
    makeFolder: async () => undefined,
    // The names right below, folders too, as a disk would tell them.
    list: async (path) => [...new Set([...held.keys()].filter((name) => name.startsWith(`${path}/`)).map((name) => name.slice(path.length + 1).split("/")[0] as string))],
    modifiedAt: (path) => (held.has(path) ? 0 : undefined),
    free: () => undefined,
  }
}
