/** What of an overlay is a change: a value that the graph file has itself is none, however it came to be set. SPEC L4. */
import { equalJson, type Json } from "../base/json.ts"
import type { Overlay } from "./overlay.ts"
import { refOf, type Overlaid } from "./overlay-graph.ts"

/** The overlay without what the file says already; the graph under it is the same. `seed`: of the graph without an overlay. */
export const withoutOwn = (overlay: Overlay, { file, plain }: Pick<Overlaid, "file" | "plain">, seed: string): Overlay => {
  const own = (target: string): Json | undefined => {
    const { node, port: param } = refOf(target)
    return target.includes(".") ? plain.nodes.get(node)?.params[param] : file.params[target]
  }
  const wiresOf = (path: string, port: string): readonly string[] | undefined => plain.nodes.get(path)?.inputs[port]?.map((ref) => `${ref.node}.${ref.port}`)
  const controlOf = (path: string, name: string): Json => (plain.nodes.get(path)?.controls as { readonly [name: string]: Json } | undefined)?.[name] ?? null
  return {
    ...overlay,
    set: less(overlay.set, own),
    seed: overlay.seed === seed ? null : overlay.seed,
    salts: less(overlay.salts, (path) => plain.nodes.get(path)?.salt),
    wires: lessInside(overlay.wires, wiresOf),
    controls: lessInside(overlay.controls, controlOf),
  }
}

type By<A> = { readonly [key: string]: A }

const less = <A extends Json>(entries: By<A>, own: (key: string) => Json | undefined): By<A> =>
  Object.fromEntries(Object.entries(entries).filter(([key, value]) => {
    const before = own(key)
    return before === undefined || !equalJson(value, before)
  }))

const lessInside = <A extends Json>(entries: By<By<A>>, own: (path: string, name: string) => Json | undefined): By<By<A>> =>
  Object.fromEntries(
    Object.entries(entries)
      .map(([path, inner]) => [path, less(inner, (name) => own(path, name))] as const)
      .filter(([, inner]) => Object.keys(inner).length > 0),
  )
