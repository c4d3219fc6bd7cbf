/**
 * Keys: what a result depends on, hashed. Equal keys, equal results, for ever. The parts are kept as a value: stored as
 * the trace of a run, they say later why a node ran (engine/explain.ts). Where a node lies, what it is called and how it
 * is drawn are not parts. SPEC K1, K4-K7.
 */
import { hashBytes, hashJson, type Hash } from "../base/hash.ts"
import { canonical, type Json } from "../base/json.ts"
import type { Node } from "./graph.ts"

/** A file outside the graph: its content counts, its name is for people. */
export interface FilePart {
  readonly name: string
  /** Hash of the content, or `missing`. */
  readonly hash: string
}

export interface KeyParts {
  readonly kind: string
  readonly code: string
  readonly params: { readonly [name: string]: Json }
  /** Null for kinds that are not `seeded`. */
  readonly seed: Hash | null
  /** Null for kinds that are not `onDevice`. */
  readonly device: string | null
  readonly files: readonly FilePart[]
  /** Content hashes by port, in the order of the edges; null for an edge that the result does not depend on. */
  readonly inputs: { readonly [port: string]: readonly (Hash | null)[] }
  /** For volatile kinds only: the revision or the slot of time that the result is of. */
  readonly slot?: string | undefined
}

/** What the key takes from outside the node. */
export interface KeySources {
  readonly code: string
  readonly seed: string
  readonly deviceFamily: string
  readonly files: readonly FilePart[]
  readonly inputs: KeyParts["inputs"]
  readonly slot?: string | undefined
}

/** The seed of a node: of the graph's seed and the node's salt, never of its path. */
export const seedOf = (graphSeed: string, salt: string): Hash => hashJson(["seed", graphSeed, salt])

export const keyParts = (node: Node, sources: KeySources): KeyParts => ({
  kind: node.kind.id,
  code: sources.code,
  params: node.params,
  seed: node.kind.seeded === true ? seedOf(sources.seed, node.salt) : null,
  device: node.kind.onDevice === true ? sources.deviceFamily : null,
  files: sources.files,
  inputs: sources.inputs,
  slot: sources.slot,
})

/** As `canonical`: hashes need no look at their characters. */
const hashesOf = (inputs: KeyParts["inputs"]): string => {
  const ports = Object.keys(inputs)
  let text = "{"
  for (const port of ports.length > 1 ? ports.sort() : ports) {
    text += (text === "{" ? "" : ",") + canonical(port) + ":["
    const hashes = inputs[port] ?? []
    for (let i = 0; i < hashes.length; i++) text += (i === 0 ? "" : ",") + hashOrNull(hashes[i])
    text += "]"
  }
  return text + "}"
}

const hashOrNull = (hash: Hash | null | undefined): string => (hash === null || hash === undefined ? "null" : '"' + hash + '"')

// Sums of strings, not templates: those ask of each part whether it is one.
/** The hash of the JSON `[form, parts]`, of files the hashes only: written out, because every node that is looked at comes by here. */
const hashed = (form: string, { kind, code, params, seed, device, files, inputs, slot }: KeyParts): Hash => {
  const hashes = files.length === 0 ? "[]" : canonical(files.map(({ hash }) => hash))
  const upToInputs = '["' + form + '",{"code":' + canonical(code) + ',"device":' + canonical(device) + ',"files":' + hashes + ',"inputs":' + hashesOf(inputs)
  const text = upToInputs + ',"kind":' + canonical(kind) + ',"params":' + canonical(params) + ',"seed":' + hashOrNull(seed)
  return hashBytes(slot === undefined ? text + "}]" : text + ',"slot":' + canonical(slot) + "}]")
}

/** The key of a node. */
export const keyOf = (parts: KeyParts): Hash => hashed("key 1", parts)

/** The key without the params that only extend the work: what checkpoints are kept under. */
export const lineageOf = (parts: KeyParts, extending: readonly string[]): Hash => {
  const params = Object.fromEntries(Object.entries(parts.params).filter(([name]) => !extending.includes(name)))
  return hashed("lineage 1", { ...parts, params })
}
