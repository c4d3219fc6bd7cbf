/**
 * What a graph file looks at while it is loaded and wires its nodes: files, folders, the environment. What could give
 * something else each time (the clock, chance, other processes, the network) is no basis to say that nothing changed: it
 * is named, and nothing is said. SPEC O3.
 */
import fs from "node:fs"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { isBundle } from "../bundle/bundled-file.ts"
import { areOlder, stampOf, type Stamp } from "../bundle/stamp.ts"

export interface Reads {
  readonly stamps: readonly Stamp[]
  /** Variables that were looked at, null where there was none. */
  readonly environment: { readonly [name: string]: string | null }
  /** What was looked at that cannot be looked at again. */
  readonly untold?: string
}

export interface ReadWatch {
  /** Does `act` and watches; for as long as it takes, where it gives a promise. */
  readonly during: <A>(act: () => A) => A
  /** What is watched is made of these files, and uses these modules of Node's. */
  readonly rely: (stamps: readonly Stamp[], builtins: readonly string[]) => void
  /** It rests on something that cannot be looked at again. */
  readonly giveUp: (what: string) => void
  readonly found: () => Reads
}

const { now } = Date

type Functions = Record<string, unknown>

/** Functions that look at the file or folder of their first argument. */
const looks = /^(access|createReadStream|exists|lstat|open|opendir|readdir|readFile|readlink|realpath|stat|statfs)(Sync)?$/
/** Of other modules of Node's, what goes beyond the process. What is not listed computes, and no more. */
const doors: { readonly [module: string]: readonly string[] } = {
  child_process: ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"],
  crypto: ["createSecretKey", "generateKey", "generateKeyPair", "generateKeyPairSync", "generateKeySync", "randomBytes", "randomFill", "randomFillSync", "randomInt", "randomUUID"],
  dgram: ["createSocket"],
  dns: ["lookup", "resolve"],
  http: ["get", "request"],
  http2: ["connect"],
  https: ["get", "request"],
  net: ["connect", "createConnection"],
  os: ["freemem", "loadavg", "networkInterfaces", "uptime"],
  readline: ["createInterface"],
  tls: ["connect"],
  worker_threads: ["Worker"],
}
const chances: readonly (readonly [Functions, readonly string[], string])[] = [
  [Math as unknown as Functions, ["random"], "Math.random"],
  [performance as unknown as Functions, ["now"], "performance.now"],
  [process as unknown as Functions, ["cpuUsage", "hrtime", "memoryUsage", "uptime"], "process"],
  [process.stdout as unknown as Functions, ["write"], "standard output"],
  [process.stderr as unknown as Functions, ["write"], "standard error"],
  [crypto as unknown as Functions, ["getRandomValues", "randomUUID"], "crypto"],
  [globalThis as unknown as Functions, ["fetch"], "the network"],
]

export const makeReadWatch = (): ReadWatch => {
  const require = createRequire(import.meta.url)
  const stamps = new Map<string, Stamp>()
  const used = new Set<string>()
  const environment: Record<string, string | null> = {}
  let untold: string | undefined
  const giveUp = (what: string): void => void (untold ??= what)
  const see = (path: unknown): void => {
    const name = typeof path === "string" ? resolve(path) : path instanceof URL ? resolve(fileURLToPath(path)) : Buffer.isBuffer(path) ? resolve(path.toString()) : undefined
    // A source of which more is looked at than what it says counts by its times, like any other file.
    if (name === undefined || isBundle(name) || (stamps.has(name) && stamps.get(name)?.[4] === undefined)) return
    const stamp = stampOf(name)
    stamps.set(name, stamp)
    if (!areOlder([stamp], now())) giveUp(`${name}, which has only just been written`)
  }
  /** Puts watchers in the places of functions; gives back what puts everything as it was. */
  const begin = (): (() => void) => {
    const undo: (() => void)[] = []
    let isOn = true
    /** What looks at what was looked at is not watched: it would look at itself, until the stack is full. */
    const telling = <A extends readonly unknown[]>(tell: (...told: A) => void) => (...told: A): void => {
      if (!isOn) return
      isOn = false
      tell(...told)
      isOn = true
    }
    const put = (owner: Functions, name: string, value: unknown): void => {
      const own = Object.getOwnPropertyDescriptor(owner, name)
      Object.defineProperty(owner, name, { value, configurable: true, enumerable: own?.enumerable ?? true, writable: true })
      undo.push(() => (own === undefined ? delete owner[name] : Object.defineProperty(owner, name, own)))
    }
    const watch = (owner: Functions, name: string, onCall: (args: readonly unknown[]) => void): void => {
      const real = owner[name]
      if (typeof real !== "function") return
      const tell = telling(onCall)
      put(owner, name, new Proxy(real, {
        apply: (target, self, args: readonly unknown[]) => {
          tell(args)
          return Reflect.apply(target, self, args) as unknown
        },
        construct: (target, args: readonly unknown[], made) => {
          tell(args)
          return Reflect.construct(target, args, made) as object
        },
      }))
    }
    for (const owner of [fs, fs.promises] as unknown as readonly Functions[]) {
      for (const name of Object.keys(owner)) {
        if (!/^[a-z]/.test(name) || name === "promises" || name === "constants") continue
        if (name.startsWith("realpath")) watch(owner[name] as Functions, "native", ([path]) => see(path))
        watch(owner, name, ([path, flags]) => {
          const isRead = looks.test(name) && !(name.startsWith("open") && typeof flags === "string" && flags !== "r")
          if (isRead) see(path)
          // What works on an open file was seen when it was opened.
          else if (typeof path !== "number") giveUp(`fs.${name}`)
        })
      }
    }
    for (const module of used) for (const name of doors[module] ?? []) watch(require(`node:${module}`) as Functions, name, () => giveUp(`${module}.${name}`))
    for (const [owner, names, what] of chances) for (const name of names) watch(owner, name, () => giveUp(what))
    put(globalThis as unknown as Functions, "Date", new Proxy(Date, {
      apply: (target) => (isOn && giveUp("the clock"), target()),
      construct: (target, args, made) => (isOn && args.length === 0 && giveUp("the clock"), Reflect.construct(target, args, made) as object),
      get: (target, name) => (isOn && name === "now" && giveUp("the clock"), Reflect.get(target, name) as unknown),
    }))
    const real = process.env
    const seeVariable = (name: string | symbol): void => {
      if (isOn && typeof name === "string") environment[name] ??= real[name] ?? null
    }
    put(process as unknown as Functions, "env", new Proxy(real, {
      get: (target, name) => (seeVariable(name), Reflect.get(target, name) as unknown),
      has: (target, name) => (seeVariable(name), Reflect.has(target, name)),
      getOwnPropertyDescriptor: (target, name) => (seeVariable(name), Reflect.getOwnPropertyDescriptor(target, name)),
      ownKeys: (target) => (isOn && giveUp("all of the environment"), Reflect.ownKeys(target)),
    }))
    syncBuiltinESMExports()
    return () => {
      isOn = false
      for (const one of undo.reverse()) one()
      syncBuiltinESMExports()
    }
  }
  return {
    giveUp,
    rely: (more, builtins) => {
      for (const stamp of more) if (!stamps.has(stamp[0])) stamps.set(stamp[0], stamp)
      for (const module of builtins) used.add(module.replace(/^node:/, ""))
    },
    found: () => ({ stamps: [...stamps.values()], environment, ...(untold === undefined ? {} : { untold }) }),
    during: <A>(act: () => A): A => {
      const end = begin()
      let given: A
      try {
        given = act()
      } catch (error) {
        end()
        throw error
      }
      if (given instanceof Promise) return given.finally(end) as A
      end()
      return given
    },
  }
}
