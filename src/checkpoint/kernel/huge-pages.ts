/**
 * Memory in pages of 2 MiB in place of 4 KiB. A disk that is written to from many small pages is slower by a third, and Linux gives large ones to
 * private memory of whoever asks for them (`madvise` of transparent huge pages), or to all. Asking takes a call that Node has not: it goes
 * by the optional package koffi. Where anything is missing memory stays as it is. SPEC F5.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

export const hugePageBytes = 2 ** 21

/** From linux/mman.h. */
const MADV_HUGEPAGE = 14

export interface HugePages {
  /** Asks for large pages under `memory`. */
  readonly advise: (memory: ArrayBuffer) => void
}

/** What is asked of the system; tests have their own. */
export interface System {
  readonly platform: string
  /** The text of a file; throws. */
  readonly read: (path: string) => string
  /** A package, or throws. */
  readonly load: (name: string) => unknown
}

interface Koffi {
  readonly load: (path: null) => { readonly func: (declaration: string) => (memory: Uint8Array, bytes: number, advice: number) => number }
}

const setting = "/sys/kernel/mm/transparent_hugepage/enabled"

/** For systems that give large pages to those who ask; the others give them without, or not at all. */
export const hugePages = ({ platform, read, load }: System): HugePages | undefined => {
  try {
    if (platform !== "linux" || !read(setting).includes("[madvise]")) return undefined
    const madvise = (load("koffi") as Koffi).load(null).func("int madvise(void *memory, size_t bytes, int advice)")
    // It may refuse: the advice costs nothing then.
    return { advise: (memory) => void madvise(new Uint8Array(memory), memory.byteLength, MADV_HUGEPAGE) }
  } catch {
    return undefined
  }
}

export const thisSystem: System = { platform: process.platform, read: (path) => readFileSync(path, "utf8"), load: (name) => createRequire(import.meta.url)(name) as unknown }
