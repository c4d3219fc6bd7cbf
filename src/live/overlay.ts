/**
 * The overlay: what was changed on the page against the graph file, as a value of its own, so that the file stays the
 * author's. It is JSON beside the graph file, and the file with the overlay gives the graph that runs. Edits of pages
 * are functions from overlay to overlay; undoing is going back to the one before. SPEC L4.
 */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import { briefValue } from "../base/brief.ts"
import { equalJson, type Json } from "../base/json.ts"
import type { Graph, Node } from "../graph/graph.ts"
import type { LiveEdit } from "./protocol/live-edit.ts"
import { json, list, record } from "./protocol/codec.ts"

const Wires = record(list(t.string))
const Added = t.type({ path: t.string, kind: t.string, params: record(json), inputs: Wires })
/** Controls by name; null takes one away that the file has. */
const Controls = record(json)

export const Overlay = t.type({
  /** Overrides, as `--set` has them: `node.param`, or a param of the graph. */
  set: record(json),
  /** Of the graph; null: as the command line has it. */
  seed: t.union([t.string, t.null]),
  salts: record(t.string),
  remove: list(t.string),
  add: list(Added),
  wires: record(Wires),
  controls: record(Controls),
})
export type Overlay = t.TypeOf<typeof Overlay>

export const emptyOverlay: Overlay = { set: {}, seed: null, salts: {}, remove: [], add: [], wires: {}, controls: {} }

export const isEmptyOverlay = (overlay: Overlay): boolean => equalJson(overlay as Json, emptyOverlay as Json)

export interface OverlayEdit {
  readonly overlay: Overlay
  /** For the lists of what may be undone and done again. */
  readonly label: string
}

/** What is edited: the graph as it is under the overlay. */
export interface EditSite {
  readonly graph: Graph
  /** A text that no control `force` had before. */
  readonly forceToken: () => string
}

/** The overlay after the edit, before it is known whether the graph holds together under it. Left are sentences for people. */
export const withEdit = (overlay: Overlay, edit: LiveEdit, site: EditSite): E.Either<readonly string[], OverlayEdit> => {
  if (edit.op === "setGraph") {
    return E.right({ overlay: { ...overlay, set: { ...overlay.set, ...edit.params } }, label: labelOf("", edit.params, site.graph.params) })
  }
  if (edit.op === "seed") return E.right({ overlay: { ...overlay, seed: edit.seed }, label: `seed ${edit.seed}` })
  if (edit.op === "revert") return revert(overlay, edit.target)
  if (edit.op === "add") {
    if (site.graph.nodes.has(edit.node)) return E.left([`node ${edit.node}: there is a node of this name already`])
    const { node: path, kind, params, inputs } = edit
    return E.right({ overlay: { ...overlay, add: [...overlay.add, { path, kind, params, inputs }] }, label: `add ${path}` })
  }
  const node = site.graph.nodes.get(edit.node)
  if (node === undefined) return E.left([`node ${edit.node}: there is no such node to edit`])
  const isAdded = overlay.add.some(({ path }) => path === node.path)
  const withAdded = (change: (added: Overlay["add"][number]) => Overlay["add"][number]): Overlay => ({ ...overlay, add: overlay.add.map((one) => (one.path === node.path ? change(one) : one)) })
  switch (edit.op) {
    case "set": {
      const label = labelOf(`${node.path}.`, edit.params, node.params)
      if (isAdded) return E.right({ overlay: withAdded((one) => ({ ...one, params: { ...one.params, ...edit.params } })), label })
      const sets = Object.fromEntries(Object.entries(edit.params).map(([param, value]) => [`${node.path}.${param}`, value]))
      return E.right({ overlay: { ...overlay, set: { ...overlay.set, ...sets } }, label })
    }
    case "salt":
      return E.right({ overlay: { ...overlay, salts: { ...overlay.salts, [node.path]: edit.salt } }, label: `another random stream for ${node.path}` })
    case "remove": {
      const gone = removedWith(site.graph, node)
      return E.right({ overlay: without(overlay, site.graph, gone), label: `remove ${gone.join(", ")}` })
    }
    case "rewire": {
      const label = `rewire ${node.path}.${Object.keys(edit.inputs).join(", ")}`
      if (isAdded) return E.right({ overlay: withAdded((one) => ({ ...one, inputs: { ...one.inputs, ...edit.inputs } })), label })
      return E.right({ overlay: { ...overlay, wires: { ...overlay.wires, [node.path]: { ...overlay.wires[node.path], ...edit.inputs } } }, label })
    }
    case "control": {
      const given = Object.entries(edit.controls).map(([name, value]): readonly [string, Json] => [name, name === "force" && value === true ? site.forceToken() : (value as Json)])
      const controls = { ...overlay.controls[node.path], ...Object.fromEntries(given) }
      return E.right({ overlay: { ...overlay, controls: { ...overlay.controls, [node.path]: controls } }, label: given.map(([name, value]) => controlLabel(node.path, name, value)).join(", ") })
    }
  }
}

/** The node and all that cannot be without it: what reads it through an input that must have an edge, and has no other. */
const removedWith = (graph: Graph, node: Node): readonly string[] => {
  const gone = new Set([node.path])
  // Every node comes after those it reads from.
  for (const one of graph.nodes.values()) {
    const isLost = Object.entries(one.inputs).some(([port, refs]) => refs.length > 0 && refs.every((ref) => gone.has(ref.node)) && one.kind.inputs[port]?.arity !== "optional")
    if (isLost) gone.add(one.path)
  }
  return [...gone]
}

const without = (overlay: Overlay, graph: Graph, gone: readonly string[]): Overlay => {
  const isGone = (path: string): boolean => gone.includes(path)
  const added = new Set(overlay.add.map(({ path }) => path))
  // Who stays and read from them goes on with its other edges.
  const left = [...graph.nodes.values()].filter(({ path }) => !isGone(path)).flatMap(({ path, inputs }) => {
    const ports = Object.entries(inputs).filter(([, refs]) => refs.some(({ node }) => isGone(node)))
    const wires = ports.map(([port, refs]) => [port, refs.filter(({ node }) => !isGone(node)).map((ref) => `${ref.node}.${ref.port}`)] as const)
    return wires.length === 0 ? [] : [[path, Object.fromEntries(wires)] as const]
  })
  const rewired = new Map(left)
  const kept = <A>(entries: { readonly [path: string]: A }): { readonly [path: string]: A } => Object.fromEntries(Object.entries(entries).filter(([path]) => !isGone(path)))
  return {
    ...overlay,
    set: Object.fromEntries(Object.entries(overlay.set).filter(([target]) => !isGone(target.slice(0, Math.max(0, target.lastIndexOf(".")))))),
    salts: kept(overlay.salts),
    wires: { ...kept(overlay.wires), ...Object.fromEntries(left.filter(([path]) => !added.has(path)).map(([path, wires]) => [path, { ...overlay.wires[path], ...wires }])) },
    controls: kept(overlay.controls),
    add: overlay.add.filter(({ path }) => !isGone(path)).map((one) => ({ ...one, inputs: { ...one.inputs, ...rewired.get(one.path) } })),
    remove: [...overlay.remove, ...gone.filter((path) => !added.has(path))],
  }
}

const labelOf = (prefix: string, params: { readonly [param: string]: Json }, old: { readonly [param: string]: Json }): string =>
  Object.entries(params).map(([param, value]) => `${prefix}${param} ${briefValue(old[param] ?? null)} -> ${briefValue(value)}`).join(", ")

const controlLabel = (path: string, name: string, value: Json): string => {
  if (name === "force") return `run ${path} again`
  if (name === "gate") return value === "closed" ? `close the gate of ${path}` : `open the gate of ${path}`
  const word = { disabled: "disable", pin: "pin", bypass: "bypass" }[name] ?? name
  return value === null ? `no longer ${word} ${path}` : `${word} ${path}`
}

/** One change of an overlay: what names it, and what it says. */
export interface OverlayChange {
  /** `set:compose.weight`, `add:PATH`, `remove:PATH`, `salt:PATH`, `wires:PATH`, `control:PATH`, or `seed`. */
  readonly target: string
  readonly text: string
  /** The overlay less this change. */
  readonly undone: Overlay
}

export const changesOf = (overlay: Overlay): readonly OverlayChange[] => {
  const less = <K extends "set" | "salts" | "wires" | "controls">(part: K, name: string): Overlay => ({ ...overlay, [part]: Object.fromEntries(Object.entries(overlay[part]).filter(([key]) => key !== name)) })
  return [
    ...(overlay.seed === null ? [] : [{ target: "seed", text: `seed = ${overlay.seed}`, undone: { ...overlay, seed: null } }]),
    ...Object.entries(overlay.set).map(([target, value]) => ({ target: `set:${target}`, text: `${target} = ${briefValue(value)}`, undone: less("set", target) })),
    ...overlay.remove.map((path) => ({ target: `remove:${path}`, text: `${path} is removed`, undone: { ...overlay, remove: overlay.remove.filter((one) => one !== path) } })),
    ...overlay.add.map(({ path, kind }) => ({ target: `add:${path}`, text: `${path} is added, a ${kind}`, undone: { ...overlay, add: overlay.add.filter((one) => one.path !== path) } })),
    ...Object.entries(overlay.wires).map(([path, ports]) => ({ target: `wires:${path}`, text: Object.entries(ports).map(([port, refs]) => `${path}.${port} <- ${refs.join(", ") || "nothing"}`).join("; "), undone: less("wires", path) })),
    ...Object.entries(overlay.salts).map(([path, salt]) => ({ target: `salt:${path}`, text: `${path} has the salt ${briefValue(salt)}`, undone: less("salts", path) })),
    ...Object.entries(overlay.controls).map(([path, controls]) => ({ target: `control:${path}`, text: Object.entries(controls).map(([name, value]) => controlLabel(path, name, value)).join(", "), undone: less("controls", path) })),
  ]
}

const revert = (overlay: Overlay, target: string | null): E.Either<readonly string[], OverlayEdit> => {
  if (target === null) return E.right({ overlay: emptyOverlay, label: "back to the file" })
  const change = changesOf(overlay).find((one) => one.target === target)
  return change === undefined ? E.left([`${target}: the overlay has no such change`]) : E.right({ overlay: change.undone, label: `back to the file: ${change.text}` })
}
