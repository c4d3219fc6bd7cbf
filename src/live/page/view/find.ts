/** Finds nodes by words: each must be in the path, the kind or a param; what matches the path comes first. */
import type { NodeView } from "../../protocol/graph-view.ts"

export const findNodes = (text: string, order: readonly string[], nodes: { readonly [path: string]: NodeView }): readonly string[] => {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "")
  const ranked = order.flatMap((path) => {
    const node = nodes[path]
    const own = path.toLowerCase()
    const rest = node === undefined ? "" : `${node.kind} ${node.title} ${node.params.map(({ name }) => name).join(" ")}`.toLowerCase()
    if (!words.every((word) => own.includes(word) || rest.includes(word))) return []
    return [{ path, rank: words.filter((word) => !own.includes(word)).length * 2 + (words[0] !== undefined && own.startsWith(words[0]) ? 0 : 1) }]
  })
  return ranked.sort((a, b) => a.rank - b.rank).map(({ path }) => path)
}
