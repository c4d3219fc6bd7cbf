/** Lists by port: edges, hashes or blobs, one list for each input port. */
import type { Ref } from "./graph.ts"

export type PortLists<A> = { readonly [port: string]: readonly A[] }

// Loops, not chains of calls: every node that is looked at comes by here several times.
export const mapPorts = <A, B>(ports: PortLists<A>, f: (item: A, port: string) => B): PortLists<B> => {
  // Copied first: what is made empty has room for four ports more.
  const mapped = { ...ports } as unknown as Record<string, readonly B[]>
  for (const port in ports) {
    const items = ports[port] ?? []
    // Of its length at once: one that grows takes room for sixteen more.
    const list = new Array<B>(items.length)
    for (let i = 0; i < items.length; i++) list[i] = f(items[i] as A, port)
    mapped[port] = list
  }
  return mapped
}

/** All items in one list, in the order of the ports. */
export const flatPorts = <A, B>(ports: PortLists<A>, f: (item: A) => B): readonly B[] => {
  let length = 0
  for (const port in ports) length += (ports[port] ?? []).length
  const list = new Array<B>(length)
  let at = 0
  for (const port in ports) for (const item of ports[port] ?? []) list[at++] = f(item)
  return list
}

/** Where an item of a port stands in the list that `flatPorts` gives. */
export const flatPlace = (ports: PortLists<unknown>, port: string, index: number): number => {
  let before = 0
  for (const one in ports) {
    if (one === port) break
    before += (ports[one] ?? []).length
  }
  return before + index
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
