/**
 * Which edges of a node count: not those from nodes that are switched off, and of lazy inputs only those that the kind
 * asks for. SPEC G10, P11, P12.
 */
import type { Node, Ref } from "./graph.ts"
import type { Input, Inputs, Signature } from "./signature.ts"

/** By port, in order; null for an edge that is there and not needed. */
export type LiveEdges = { readonly [port: string]: readonly (Ref | null)[] }

type IsOff = (path: string) => boolean

/** The edges that do not come from nodes that are off. */
export const remainingEdges = (node: Node, isOff: IsOff): Node["inputs"] => {
  if (!Object.values(node.inputs).some((refs) => refs.some((ref) => isOff(ref.node)))) return node.inputs
  return Object.fromEntries(Object.entries(node.inputs).map(([port, refs]) => [port, refs.filter((ref) => !isOff(ref.node))]))
}

/** The edges that pass through a bypassed node, by output. */
export const passingEdges = (node: Node, edges: Node["inputs"]): { readonly [output: string]: Ref | undefined } =>
  Object.fromEntries(Object.entries(node.kind.passes ?? {}).map(([output, port]) => [output, edges[port]?.[0]]))

/** Whether nothing can come from the node: it is disabled, has lost an input it cannot do without, or is bypassed and has nothing to pass. */
export const isSwitchedOff = (node: Node, isOff: IsOff): boolean => {
  const { disabled, pin, bypass } = node.controls ?? {}
  if (disabled === true) return true
  if (pin?.outputs !== undefined) return false
  const edges = remainingEdges(node, isOff)
  if (bypass === true) return Object.values(passingEdges(node, edges)).some((ref) => ref === undefined)
  return edges !== node.inputs && Object.entries(node.kind.inputs).some(([port, { arity }]) => arity !== "optional" && (edges[port] ?? []).length === 0)
}

const isLazy = ([, input]: readonly [string, Input]): boolean => input.lazy === true

/** The inputs that are needed in any case. */
export const strictInputs = ({ inputs }: Signature): Inputs => Object.fromEntries(Object.entries(inputs).filter((entry) => !isLazy(entry)))

/** `edges` less those not needed; undefined while that hangs on the values of the strict inputs. Everything is needed if the kind's `needs` throws. */
export const neededEdges = ({ kind, params }: Node, edges: Node["inputs"], inputs?: { readonly [port: string]: unknown }): LiveEdges | undefined => {
  if (kind.needs === undefined) return edges
  const lazy = Object.entries(kind.inputs).filter(isLazy).map(([port]) => port)
  const counts = Object.fromEntries(lazy.map((port) => [port, edges[port]?.length ?? 0]))
  try {
    const needs = kind.needs(params, counts as never, inputs as never) as { readonly [port: string]: boolean | readonly boolean[] } | undefined
    if (needs === undefined) return inputs === undefined ? undefined : edges
    const isNeeded = (port: string, i: number): boolean => {
      const answer = lazy.includes(port) ? needs[port] : undefined
      return typeof answer === "object" ? answer[i] !== false : answer !== false
    }
    return Object.fromEntries(Object.entries(edges).map(([port, refs]) => [port, refs.map((ref, i) => (isNeeded(port, i) ? ref : null))]))
  } catch {
    return edges
  }
}
