/**
 * Tells when files change. Folders are watched, not files: editors put a new file in the place of the old one. What
 * changes together is told once.
 */
import { statSync, watch, type FSWatcher } from "node:fs"
import { basename, dirname } from "node:path"

export interface FileWatch {
  /** From now on these files. */
  readonly set: (files: readonly string[]) => void
  readonly close: () => void
}

const quietMs = 60
/** Where the system tells nothing (network drives, containers), looking tells. */
const lookMs = 2_000

export const watchFiles = (onChange: () => void): FileWatch => {
  const watchers = new Map<string, FSWatcher>()
  let names = new Map<string, Set<string>>()
  let stamps = new Map<string, string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const stampOf = (file: string): string => {
    const stat = statSync(file, { throwIfNoEntry: false })
    return stat === undefined ? "" : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
  }
  const look = (): void => {
    let isChanged = false
    for (const [file, before] of stamps) {
      const now = stampOf(file)
      if (now === before) continue
      stamps.set(file, now)
      isChanged = true
    }
    if (isChanged) onChange()
  }
  const lookSoon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(look, quietMs)
  }
  const slow = setInterval(look, lookMs)
  slow.unref()
  return {
    set: (files) => {
      names = new Map()
      for (const file of files) names.set(dirname(file), (names.get(dirname(file)) ?? new Set()).add(basename(file)))
      stamps = new Map(files.map((file) => [file, stamps.get(file) ?? stampOf(file)]))
      for (const [folder, watcher] of watchers) {
        if (names.has(folder)) continue
        watcher.close()
        watchers.delete(folder)
      }
      for (const folder of names.keys()) {
        if (watchers.has(folder)) continue
        try {
          const watcher = watch(folder, { persistent: false }, (_, name) => {
            if (name === null || names.get(folder)?.has(name) === true) lookSoon()
          })
          watcher.on("error", () => undefined)
          watchers.set(folder, watcher)
        } catch {
          // Looking now and then has to do.
        }
      }
    },
    close: () => {
      clearTimeout(timer)
      clearInterval(slow)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}
