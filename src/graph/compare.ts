/** What differs between two graphs, node by node: for people. Which results differ is a matter of keys. */
import { equalJson, type Json } from "../base/json.ts"

/** A node as the JSON form of graphs has it. */
export interface PlainNode {
  readonly path: string
  readonly kind: string
  readonly params: { readonly [name: string]: Json }
  /** `node.port` of each edge. */
  readonly inputs: { readonly [port: string]: readonly string[] }
  readonly salt?: string
}

export type NodeChange =
  | { readonly _tag: "Kind"; readonly from: string; readonly to: string }
  | { readonly _tag: "Param"; readonly param: string; readonly from: Json; readonly to: Json }
  | { readonly _tag: "Wires"; readonly port: string; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly _tag: "Salt" }

export interface GraphComparison {
  readonly added: readonly PlainNode[]
  readonly removed: readonly PlainNode[]
  readonly changed: readonly { readonly path: string; readonly changes: readonly NodeChange[] }[]
}

/** From `a` to `b`; nodes are the same when their paths are. */
export const compareGraphs = (a: readonly PlainNode[], b: readonly PlainNode[]): GraphComparison => {
  const [before, now] = [new Map(a.map((node) => [node.path, node])), new Map(b.map((node) => [node.path, node]))]
  return {
    added: b.filter(({ path }) => !before.has(path)),
    removed: a.filter(({ path }) => !now.has(path)),
    changed: b.flatMap((node) => {
      const old = before.get(node.path)
      const changes = old === undefined ? [] : changesOf(old, node)
      return changes.length === 0 ? [] : [{ path: node.path, changes }]
    }),
  }
}

const changesOf = (a: PlainNode, b: PlainNode): readonly NodeChange[] => [
  ...(a.kind === b.kind ? [] : [{ _tag: "Kind", from: a.kind, to: b.kind } as const]),
  ...names(a.params, b.params).flatMap((param) => {
    const [from, to] = [a.params[param] ?? null, b.params[param] ?? null]
    return equalJson(from, to) ? [] : [{ _tag: "Param", param, from, to } as const]
  }),
  ...names(a.inputs, b.inputs).flatMap((port) => {
    const [from, to] = [a.inputs[port] ?? [], b.inputs[port] ?? []]
    return equalJson(from, to) ? [] : [{ _tag: "Wires", port, from, to } as const]
  }),
  ...((a.salt ?? "") === (b.salt ?? "") ? [] : [{ _tag: "Salt" } as const]),
]

const names = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()

/** A few words: `param size 512 -> 1024`. */
export const describeChange = (change: NodeChange): string => {
  switch (change._tag) {
    case "Kind":
      return `kind ${change.from} -> ${change.to}`
    case "Param":
      return `param ${change.param} ${JSON.stringify(change.from)} -> ${JSON.stringify(change.to)}`
    case "Wires":
      return `input ${change.port} ${change.from.join(", ") || "nothing"} -> ${change.to.join(", ") || "nothing"}`
    case "Salt":
      return "another salt"
  }
}
