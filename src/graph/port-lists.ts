/** Lists by port: edges, hashes or blobs, one list for each input port. */
import type { Ref } from "./graph.ts"

export type PortLists<A> = { readonly [port: string]: readonly A[] }

// Loops, not chains of calls: every node that is looked at comes by here several times.
export const mapPorts = <A, B>(ports: PortLists<A>, f: (item: A, port: string) => B): PortLists<B> => {
  const mapped: Record<string, readonly B[]> = {}
  for (const port in ports) {
    const items = ports[port] ?? []
    // Of its length at once: one that grows takes room for sixteen more.
    const list = new Array<B>(items.length)
    for (let i = 0; i < items.length; i++) list[i] = f(items[i] as A, port)
    mapped[port] = list
  }
  return mapped
}

export const somePorts = <A>(ports: PortLists<A>, f: (item: A) => boolean): boolean => {
  for (const port in ports) if (ports[port]?.some(f) === true) return true
  return false
}

export const equalPorts = <A>(a: PortLists<A>, b: PortLists<A>, equal: (x: A, y: A) => boolean): boolean => {
  const ports = Object.keys(a)
  if (ports.length !== Object.keys(b).length) return false
  return ports.every((port) => {
    const [x, y] = [a[port] ?? [], b[port]]
    return y !== undefined && x.length === y.length && x.every((item, i) => equal(item, y[i] as A))
  })
}

export const isSameRef = (a: Ref, b: Ref): boolean => a.node === b.node && a.port === b.port
