/**
 * Groups of nodes by path: what lies below one prefix (`expert/ru`, `expert/zh`) can be shown as one box. A group that is
 * shown closed stands for all its members, and for their edges to the outside.
 */

/** Every prefix that at least two paths share, outermost first, with the paths below it (the node of that very path included). */
export const groupsOf = (paths: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const members = new Map<string, string[]>()
  const add = (prefix: string, path: string): void => {
    const list = members.get(prefix)
    if (list === undefined) members.set(prefix, [path])
    else list.push(path)
  }
  for (const path of paths) for (const prefix of prefixesOf(path)) add(prefix, path)
  for (const path of paths) if (members.has(path)) members.get(path)?.unshift(path)
  return new Map([...members].filter(([, list]) => list.length > 1).sort(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1)))
}

/** The groups a path lies in, outermost first: of `a/b/c`, `a` and `a/b`. A cell's `[param=value]` holds no border of groups. */
export const prefixesOf = (path: string): readonly string[] => {
  const found: string[] = []
  let brackets = 0
  for (let i = 1; i < path.length; i++) {
    if (path[i] === "[") brackets++
    else if (path[i] === "]") brackets--
    else if (path[i] === "/" && brackets === 0) found.push(path.slice(0, i))
  }
  return found
}

const depth = (prefix: string): number => prefixesOf(prefix).length

/** What stands for `path` on the page: itself, or the outermost closed group around it. */
export const standIn = (path: string, closed: ReadonlySet<string>): string =>
  prefixesOf(path).find((prefix) => closed.has(prefix)) ?? path

export interface Link {
  readonly from: string
  readonly to: string
}

/** Links between what is shown, each pair once, with how many links it stands for; links inside one box are gone. */
export const shownLinks = (links: readonly Link[], closed: ReadonlySet<string>): readonly (Link & { readonly of: number })[] => {
  const found = new Map<string, Link & { of: number }>()
  for (const link of links) {
    const [from, to] = [standIn(link.from, closed), standIn(link.to, closed)]
    if (from === to) continue
    const key = `${from}\n${to}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { from, to, of: 1 })
    else known.of++
  }
  return [...found.values()]
}
