/**
 * Content hashes: SHA-256 from node:crypto, which measured faster here than the wasm BLAKE3 builds and needs
 * no initialisation. A `Hash` is 64 lower-case hex digits. SPEC K3.
 */
import * as crypto from "node:crypto"
import { canonical, type Json } from "./json.ts"

/** SHA-256 as 64 lower-case hex digits. */
export type Hash = string & { readonly __brand: "Hash" }

const oneShot: typeof crypto.hash | undefined = crypto.hash

/** Incremental hashing, for content that is produced or written in chunks. */
export interface Hasher {
  update(bytes: Uint8Array | string): Hasher
  digest(): Hash
}

export const makeHasher = (): Hasher => {
  const sha = crypto.createHash("sha256")
  const hasher: Hasher = {
    update: (bytes) => (sha.update(bytes), hasher),
    digest: () => sha.digest("hex") as Hash,
  }
  return hasher
}

/** Hash of bytes, or of a text's UTF-8 form. In one go where Node can (from 20.12): small contents are half the price. */
export const hashBytes = (bytes: Uint8Array | string): Hash =>
  typeof oneShot === "function" ? (oneShot("sha256", bytes, "hex") as Hash) : makeHasher().update(bytes).digest()

/** Hash of a JSON value by its canonical text. */
export const hashJson = (value: Json): Hash => hashBytes(canonical(value))

export const isHash = (text: unknown): text is Hash => typeof text === "string" && /^[0-9a-f]{64}$/.test(text)
