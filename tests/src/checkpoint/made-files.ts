/** Checkpoint files made for tests, in a folder of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll } from "vitest"
import { encodeSafetensors } from "../../../src/base/safetensors.ts"
import type { Tensors } from "../../../src/base/ndarray.ts"

/** A folder that is gone after the tests of the file. */
export const testFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "cambium-checkpoint-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const writeAt = (path: string, content: string | Uint8Array | object): string => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content))
  return path
}

export const safetensorsBytes = (tensors: Tensors): Uint8Array => Buffer.concat(encodeSafetensors({ tensors, metadata: {} }))

/** A file with this header, as it is, and a body of `bytes` zeros. */
export const rawSafetensors = (header: string, bytes: number): Uint8Array => {
  const text = new TextEncoder().encode(header)
  const out = new Uint8Array(8 + text.length + bytes)
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true)
  out.set(text, 8)
  return out
}

/** A checkpoint of shards, with its index. */
export const writeShards = (folder: string, shards: readonly Tensors[], beside: { readonly [name: string]: object } = {}): string => {
  const map: Record<string, string> = {}
  shards.forEach((tensors, i) => {
    const name = `model-${String(i + 1).padStart(5, "0")}-of-${String(shards.length).padStart(5, "0")}.safetensors`
    writeAt(join(folder, name), safetensorsBytes(tensors))
    for (const tensor of Object.keys(tensors)) map[tensor] = name
  })
  writeAt(join(folder, "model.safetensors.index.json"), { metadata: {}, weight_map: map })
  for (const [name, content] of Object.entries(beside)) writeAt(join(folder, name), content)
  return folder
}
