/**
 * The token of the address: 256 random bits, kept in the store's folder where only its owner can read it, so that a page
 * that is open finds the server again after it was started anew. SPEC L8.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const pattern = /^[\w-]{43}$/

/** `random` gives so many bytes that nobody can guess. A folder that cannot be written to gets another token each time. */
export const tokenIn = (folder: string, random: (bytes: number) => Uint8Array): string => {
  const file = join(folder, "live-token")
  try {
    if (existsSync(file)) {
      const kept = readFileSync(file, "utf8").trim()
      chmodSync(file, 0o600)
      if (pattern.test(kept)) return kept
    }
    const token = Buffer.from(random(32)).toString("base64url")
    writeFileSync(file, `${token}\n`, { mode: 0o600 })
    return token
  } catch {
    return Buffer.from(random(32)).toString("base64url")
  }
}
