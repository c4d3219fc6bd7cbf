/** Sizes for people: `812 bytes`, `4.2 MB`, `1.9 GB`, in powers of 1000; and read back, `GiB` and its like too. */
import * as E from "fp-ts/lib/Either.js"
import { counted } from "./counted.ts"

const units = ["kB", "MB", "GB", "TB"] as const

export const byteSize = (bytes: number): string => {
  if (bytes < 1000) return counted(bytes, "byte")
  // 999.95 would be shown as 1000.0.
  const power = Math.min(units.length, Math.floor(Math.log10(bytes * 1.00005) / 3))
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`
}

/** Bytes of a text such as `20GB`, `1.5 GiB` or `4096`. Left says what is expected. */
export const parseByteSize = (text: string): E.Either<string, number> => {
  const [, amount, letter = "", binary] = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?))?b?$/i.exec(text) ?? []
  if (amount === undefined) return E.left(`expected a size such as 500MB, 20GB or 1.5TB, got ${JSON.stringify(text)}`)
  const power = letter === "" ? 0 : "kmgt".indexOf(letter.toLowerCase()) + 1
  return E.right(Math.round(Number(amount) * (binary === "" || binary === undefined ? 1000 : 1024) ** power))
}
