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

/** The JSON that is hashed, of files the contents only. */
const hashed = (form: string, parts: KeyParts): Hash => hashJson([form, { ...parts, files: parts.files.map(({ hash }) => hash) }])

const keyForm = "key 1"

/** The key of a node. */
export const keyOf = (parts: KeyParts): Hash => hashed(keyForm, parts)

/** The key without the params that only extend the work: what checkpoints are kept under. */
export const lineageOf = (parts: KeyParts, extending: readonly string[]): Hash => {
  const params = Object.fromEntries(Object.entries(parts.params).filter(([name]) => !extending.includes(name)))
  return hashed("lineage 1", { ...parts, params })
}

/** Ports or params: as nodes have them, and as they stand in the text of a key, each with what comes before what it holds. */
interface Members {
  readonly names: readonly string[]
  readonly leads: readonly { readonly name: string; readonly text: string }[]
}

/** The text of keys as far as nodes of a kind have it in common that have the same ports and params and read no files. */
interface Form {
  readonly code: string
  readonly device: string | null
  readonly isSeeded: boolean
  readonly ports: Members
  readonly params: Members
  /** Up to the seed, or to the end where there is none. */
  readonly end: string
}

const formOf = ({ kind, code, device, seed, inputs, params }: KeyParts): Form => {
  let text = `["${keyForm}",{"code":${canonical(code)},"device":${canonical(device)},"files":[],"inputs":{`
  const membersOf = (object: object): Members => {
    const names = Object.keys(object)
    const leads = [...names].sort().map((name, i) => {
      const lead = { name, text: `${text}${i === 0 ? "" : ","}${canonical(name)}:` }
      text = ""
      return lead
    })
    return { names, leads }
  }
  const ports = membersOf(inputs)
  text += `},"kind":${canonical(kind)},"params":{`
  const isSeeded = seed !== null
  return { code, device, isSeeded, ports, params: membersOf(params), end: `${text}},"seed":${isSeeded ? '"' : "null}]"}` }
}

/** One that is undefined is left out of the text. */
const areMembers = ({ names }: Members, object: { readonly [name: string]: unknown }): boolean => {
  let i = 0
  for (const name in object) if (name !== names[i++] || object[name] === undefined) return false
  return i === names.length
}

const fits = (form: Form, { code, device, seed, inputs, params }: KeyParts): boolean =>
  form.code === code && form.device === device && form.isSeeded === (seed !== null) && areMembers(form.ports, inputs) && areMembers(form.params, params)

// Sums of strings, not templates, which ask of each part whether it is one: every node that is looked at comes by here.
/** As `canonical`: hashes need no look at their characters. */
const hashesText = (hashes: readonly (Hash | null)[]): string => {
  if (hashes.length === 0 || hashes.includes(null)) return canonical(hashes)
  let text = '["' + hashes[0]
  for (let i = 1; i < hashes.length; i++) text += '","' + hashes[i]
  return text + '"]'
}

const textOf = ({ isSeeded, ports, params, end }: Form, parts: KeyParts): string => {
  let text = ""
  for (const { name, text: lead } of ports.leads) text += lead + hashesText(parts.inputs[name] as readonly (Hash | null)[])
  for (const { name, text: lead } of params.leads) text += lead + canonical(parts.params[name] as Json)
  return isSeeded ? text + end + parts.seed + '"}]' : text + end
}

/** Forms remembered of a kind: ports may be without edges, in every combination. */
const mostForms = 16

/** `keyOf` for very many nodes: what those of a kind have in common is written once. */
export const makeKeyOf = (): ((parts: KeyParts) => Hash) => {
  const byKind = new Map<string, Form[]>()
  return (parts) => {
    if (parts.files.length > 0 || parts.slot !== undefined) return keyOf(parts)
    const forms = byKind.get(parts.kind) ?? []
    for (const form of forms) if (fits(form, parts)) return hashBytes(textOf(form, parts))
    const form = formOf(parts)
    // Some member is undefined.
    if (!fits(form, parts)) return keyOf(parts)
    byKind.set(parts.kind, [form, ...forms.slice(0, mostForms - 1)])
    return hashBytes(textOf(form, parts))
  }
}
