/**
 * Anchors of a YAML document: what its aliases stand for, and what merge keys (`<<: *shared`) bring into a mapping, as PyYAML has it:
 * the mapping's own keys count before all, then those of the last merge key, and of a list those of its first mapping.
 */
import { isAlias, isMap, isScalar, isSeq, visit, type Document, type Node, type Pair, type YAMLMap } from "yaml"

export interface AnchorFault {
  readonly offset: number
  readonly expected: string
  readonly got: string
}

export interface Anchors {
  /** What an alias stands for; another node is itself. */
  readonly behind: (node: unknown) => unknown
  /** The entry with this key: the mapping's own, or one that a merge key brings. */
  readonly entryOf: (map: YAMLMap, key: string | number) => Pair | undefined
  /** Whether something in `node` is used outside it. */
  readonly isUsed: (node: unknown) => boolean
  /** Aliases of nothing and of what is around them, and merge keys of what is no mapping. */
  readonly faults: readonly AnchorFault[]
}

const isMerge = (pair: Pair): boolean => isScalar(pair.key) && typeof pair.key.value === "symbol"

/** The parser lets the first of several merge keys count, PyYAML the last: their order in `document` is turned around. */
export const anchorsOf = (document: Document, text: string): Anchors => {
  const faults: AnchorFault[] = []
  const named = new Map<string, { readonly node: Node; readonly around: readonly unknown[] }>()
  const uses: { readonly within: readonly unknown[]; readonly around: readonly unknown[] }[] = []
  const targets = new Map<unknown, Node>()
  const behind = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node)
  const shown = (node: unknown, otherwise: number): Pick<AnchorFault, "offset" | "got"> => {
    const [begin = otherwise, end = otherwise] = (node as Node | null)?.range ?? []
    return { offset: begin, got: text.slice(begin, Math.min(end, begin + 40)).trim() || "nothing" }
  }
  const sourcesOf = (pair: Pair): readonly unknown[] => {
    const value = behind(pair.value)
    return isSeq(value) ? value.items : [pair.value]
  }
  visit(document, {
    Node: (_, node, around) => {
      if (isAlias(node)) {
        const target = named.get(node.source)
        if (target === undefined || around.includes(target.node)) faults.push({ ...shown(node, 0), expected: "an anchor that ends before its use" })
        else {
          targets.set(node, target.node)
          uses.push({ within: [...target.around, target.node], around })
        }
      } else if (node.anchor !== undefined) named.set(node.anchor, { node, around: [...around] })
    },
  })
  if (faults.length === 0) {
    visit(document, {
      Map: (_, map) => {
        const merges = map.items.filter(isMerge)
        for (const pair of merges) {
          const bad = sourcesOf(pair).find((source) => !isMap(behind(source)))
          if (bad !== undefined) faults.push({ ...shown(bad, (pair.key as Node).range?.[0] ?? 0), expected: "a mapping to merge, or a list of mappings" })
        }
        if (merges.length > 1) map.items = map.items.map((pair) => (isMerge(pair) ? (merges.pop() as Pair) : pair))
      },
    })
  }
  const entryOf: Anchors["entryOf"] = (map, key) => {
    const own = map.items.find((pair) => isScalar(pair.key) && !isMerge(pair) && String(pair.key.value) === String(key))
    if (own !== undefined) return own
    for (const source of map.items.filter(isMerge).flatMap(sourcesOf).map(behind)) {
      const found = isMap(source) ? entryOf(source, key) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }
  return { behind, entryOf, faults, isUsed: (node) => uses.some(({ within, around }) => within.includes(node) && !around.includes(node)) }
}
