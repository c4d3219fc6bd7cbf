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

/** The text of a key up to its inputs, and between these and the params: the same for the nodes of a kind that read no files. */
interface KindText {
  readonly code: string
  readonly device: string | null
  readonly beforeInputs: string
  readonly beforeParams: string
}

const noFiles = "[]"
const keyForm = "key 1"

const kindText = (form: string, { kind, code, device }: KeyParts, files: string): KindText => ({
  code,
  device,
  beforeInputs: `["${form}",{"code":${canonical(code)},"device":${canonical(device)},"files":${files},"inputs":`,
  beforeParams: `,"kind":${canonical(kind)},"params":`,
})

const filesText = (files: KeyParts["files"]): string => (files.length === 0 ? noFiles : canonical(files.map(({ hash }) => hash)))

// Sums of strings, not templates, which ask of each part whether it is one: every node that is looked at comes by here.
/** As `canonical`: hashes need no look at their characters. */
const hashesText = (hashes: readonly (Hash | null)[]): string => {
  if (hashes.length === 0 || hashes.includes(null)) return canonical(hashes)
  let text = '["' + hashes[0]
  for (let i = 1; i < hashes.length; i++) text += '","' + hashes[i]
  return text + '"]'
}

const inputsText = (inputs: KeyParts["inputs"]): string => {
  const ports = Object.keys(inputs)
  let text = ""
  for (const port of ports.length > 1 ? ports.sort() : ports) text += (text === "" ? "{" : ",") + canonical(port) + ":" + hashesText(inputs[port] ?? [])
  return text === "" ? "{}" : text + "}"
}

/** The hash of the JSON `[form, parts]`, of files the hashes only. */
const hashed = ({ beforeInputs, beforeParams }: KindText, { inputs, params, seed, slot }: KeyParts): Hash => {
  const text = beforeInputs + inputsText(inputs) + beforeParams + canonical(params) + (seed === null ? ',"seed":null' : ',"seed":"' + seed + '"')
  return hashBytes(slot === undefined ? text + "}]" : text + ',"slot":' + canonical(slot) + "}]")
}

/** The key of a node. */
export const keyOf = (parts: KeyParts): Hash => hashed(kindText(keyForm, parts, filesText(parts.files)), parts)

/** `keyOf` for very many nodes: what is the same for those of a kind is written once. */
export const makeKeyOf = (): ((parts: KeyParts) => Hash) => {
  const texts = new Map<string, KindText>()
  return (parts) => {
    if (parts.files.length > 0) return keyOf(parts)
    let text = texts.get(parts.kind)
    if (text === undefined || text.code !== parts.code || text.device !== parts.device) {
      text = kindText(keyForm, parts, noFiles)
      texts.set(parts.kind, text)
    }
    return hashed(text, parts)
  }
}

/** The key without the params that only extend the work: what checkpoints are kept under. */
export const lineageOf = (parts: KeyParts, extending: readonly string[]): Hash => {
  const params = Object.fromEntries(Object.entries(parts.params).filter(([name]) => !extending.includes(name)))
  return hashed(kindText("lineage 1", parts, filesText(parts.files)), { ...parts, params })
}
