/**
 * Which files a code version was made of, each with a hash of what it says: comments and white space do not count, as in
 * the version itself. Kept beside the version, so that a later one can say which files changed. SPEC R6, K5.
 */
import { existsSync, readFileSync } from "node:fs"
import { dirname, extname, join, relative, sep } from "node:path"
import type { Loader } from "esbuild"
import { hashBytes } from "../base/hash.ts"
import type { Bundle } from "./bundle-kind.ts"

export type SourceDigests = { readonly [file: string]: string }

/** Gives the digests of a bundle; kinds share most of their files, so each is read once in the life of the function. `file` is the kind's own. */
export const makeSourceDigests = (): ((bundle: Bundle, file: string) => Promise<SourceDigests>) => {
  const digests = new Map<string, Promise<string>>()
  return async ({ used, packages }, file) => {
    const root = rootOf(dirname(file))
    const hashes = await Promise.all(
      used.map((path) => {
        const text = readFileSync(path, "utf8")
        const name = hashBytes(`${path}\n${text}`)
        const found = digests.get(name) ?? digestOf(path, text)
        digests.set(name, found)
        return found
      }),
    )
    return Object.fromEntries([
      ...used.map((path, i) => [relative(root, path).split(sep).join("/"), hashes[i] ?? ""] as const),
      ...packages.map((one) => [one.slice(0, one.lastIndexOf("@")), one.slice(one.lastIndexOf("@") + 1)] as const),
    ])
  }
}

const digestOf = async (path: string, text: string): Promise<string> => {
  const { transform } = await import("esbuild")
  const loader = extname(path).slice(1).replace(/^[cm]/, "") as Loader
  const plain = await transform(text, { loader, minifyWhitespace: true, legalComments: "none", target: "esnext" }).then(({ code }) => code, () => text)
  return hashBytes(plain).slice(0, 16)
}

/** The folder of the nearest package.json. */
const rootOf = (folder: string): string => (existsSync(join(folder, "package.json")) || dirname(folder) === folder ? folder : rootOf(dirname(folder)))
