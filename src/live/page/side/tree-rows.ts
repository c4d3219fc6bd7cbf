/** The nodes as a list in groups. */
import { groupsOf, prefixesOf } from "../graph/groups.ts"

export type Row = { readonly path: string; readonly depth: number } & ({ readonly _tag: "group"; readonly size: number } | { readonly _tag: "node" })

/** Groups stand where their first node stands, with all their nodes below them. */
export const treeRows = (order: readonly string[]): readonly Row[] => {
  const groups = groupsOf(order)
  const rows: Row[] = []
  const done = new Set<string>()
  const place = (path: string): void => {
    if (done.has(path)) return
    const group = [...prefixesOf(path), path].find((prefix) => groups.has(prefix) && !done.has(`${prefix}/`))
    if (group !== undefined) {
      done.add(`${group}/`)
      rows.push({ _tag: "group", path: group, size: groups.get(group)?.length ?? 0, depth: depthOf(group, groups) })
      for (const member of groups.get(group) ?? []) place(member)
      return
    }
    done.add(path)
    rows.push({ _tag: "node", path, depth: depthOf(path, groups) + (groups.has(path) ? 1 : 0) })
  }
  order.forEach(place)
  return rows
}

const depthOf = (path: string, groups: ReadonlyMap<string, readonly string[]>): number => prefixesOf(path).filter((prefix) => groups.has(prefix)).length
