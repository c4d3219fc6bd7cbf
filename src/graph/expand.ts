/**
 * Expands a node while it runs: its kind's `expand` wires nodes of their own from the values of the inputs that are not
 * lazy, at paths `path/inner`. They are nodes like any other; the expanding one has for outputs what they give. SPEC G11.
 */
import * as E from "fp-ts/lib/Either.js"
import { messageOf } from "../base/message.ts"
import { portFits } from "../schema/stream.ts"
import { buildPart } from "./build.ts"
import { describeIssue } from "./describe.ts"
import type { Node, Ref } from "./graph.ts"
import { dependencyOrder } from "./order.ts"
import type { Output } from "./wiring.ts"
import { nodeIssues } from "./validate.ts"

export interface Expansion {
  /** Each after those it reads from. */
  readonly nodes: readonly Node[]
  readonly outputs: { readonly [port: string]: Ref }
}

/** Left is a sentence for people. `outside` finds the nodes around it. */
export const expandNode = (node: Node, values: { readonly [port: string]: unknown }, outside: (path: string) => Node | undefined): E.Either<string, Expansion> => {
  const { kind, path } = node
  try {
    const { nodes: built, issues, given } = buildPart(path, (g) => kind.expand?.(g, node.params, values as never, wiresOf(node) as never) as { readonly [port: string]: Output })
    const nodes = new Map([...built].map(([at, one]) => [at, kind.seeded !== true || node.salt === "" ? one : { ...one, salt: [node.salt, one.salt].filter((part) => part !== "").join("/") }]))
    const inner = (at: string): Node | undefined => nodes.get(at) ?? outside(at)
    const wrong = [...issues, ...[...nodes.values()].flatMap((one) => nodeIssues(one, inner))]
    if (wrong.length > 0) return E.left(wrong.map(describeIssue).join("; "))
    for (const [port, type] of Object.entries(kind.outputs)) {
      const output = given[port]
      if (output === undefined || !portFits(output.type, type)) return E.left(`output ${port}: expected an output of type ${type.name}, got ${output?.type.name ?? "nothing"}`)
    }
    const outputs = Object.fromEntries(Object.keys(kind.outputs).map((port) => [port, { node: (given[port] as Output).node, port: (given[port] as Output).port }]))
    // Wires from outside are no edges here.
    const own = [...nodes.values()].map((one) => ({ ...one, inputs: Object.fromEntries(Object.entries(one.inputs).map(([port, refs]) => [port, refs.filter((ref) => nodes.has(ref.node))])) }))
    const order = dependencyOrder(new Map(own.map((one) => [one.path, one])))
    if (E.isLeft(order)) return E.left(describeIssue({ _tag: "Cycle", nodes: order.left }))
    return E.right({ nodes: order.right.map((one) => nodes.get(one.path) as Node), outputs })
  } catch (error) {
    return E.left(messageOf(error))
  }
}

const wiresOf = ({ kind, inputs }: Node): { readonly [port: string]: unknown } =>
  Object.fromEntries(
    Object.entries(kind.inputs).map(([port, { type, arity }]) => {
      const wires = (inputs[port] ?? []).map((ref) => ({ ...ref, type }))
      return [port, arity === "many" ? wires : wires[0]]
    }),
  )
