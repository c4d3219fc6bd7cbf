/** Lists by port: edges, hashes or blobs, one list for each input port. */
import type { Ref } from "./graph.ts"

export type PortLists<A> = { readonly [port: string]: readonly A[] }

export const mapPorts = <A, B>(ports: PortLists<A>, f: (item: A) => B): PortLists<B> => {
  const mapped: Record<string, readonly B[]> = {}
  for (const port of Object.keys(ports)) mapped[port] = (ports[port] ?? []).map(f)
  return mapped
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
