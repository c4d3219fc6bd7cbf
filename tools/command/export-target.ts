/**
 * What `cambium export` writes: the model at an output of a graph, and what upstream of it belongs to it. Everything is found, or
 * refused in words, before anything runs.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Graph, Ref } from "../../src/graph/graph.ts"
import { hint } from "../../src/schema/closest.ts"

export interface ExportTarget {
  readonly model: Ref
  readonly substrate: Ref
  /** The one whose ids the model reads, where there is no doubt. */
  readonly tokenizer: Ref | undefined
}

const show = ({ node, port }: Ref): string => `${node}.${port}`

/** Outputs of the nodes, of one type by name. */
const outputsOf = (graph: Graph, nodes: Iterable<string>, type: string): readonly Ref[] =>
  [...nodes].flatMap((node) =>
    Object.entries(graph.nodes.get(node)?.kind.outputs ?? {}).flatMap(([port, { name }]) => (name === type ? [{ node, port }] : [])),
  )

/** Nodes from which edges lead to `node`. */
const upstreamOf = (graph: Graph, node: string): ReadonlySet<string> => {
  const found = new Set<string>()
  const pending = [node]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const { node: source } of Object.values(graph.nodes.get(path)?.inputs ?? {}).flat()) {
      if (!found.has(source)) pending.push(source)
      found.add(source)
    }
  }
  return found
}

/** `text` is `NODE.PORT`. Left is a sentence for standard error. */
export const exportTarget = (text: string, graph: Graph): E.Either<string, ExportTarget> => {
  const [, node = "", port = ""] = /^(.+)\.([^.]+)$/.exec(text) ?? []
  const models = outputsOf(graph, graph.nodes.keys(), "model")
  const choices = models.length === 0 ? "this graph has none" : `those of this graph are ${models.map(show).join(", ")}`
  if (port === "") return E.left(`expected NODE.PORT, got ${JSON.stringify(text)}; models can be exported, and ${choices}`)
  const known = graph.nodes.get(node)
  if (known === undefined) return E.left(`there is no node called ${node}${hint(node, [...graph.nodes.keys()])}; models can be exported, and ${choices}`)
  const type = known.kind.outputs[port]
  const ports = Object.keys(known.kind.outputs)
  if (type === undefined) return E.left(`there is no output of ${node} called ${port}; there are ${ports.join(", ")}${hint(port, ports)}`)
  if (type.name !== "model") return E.left(`${text} is of type ${type.name}, which no program reads back as ONNX; models can be exported, and ${choices} (--save of cambium run writes any output)`)
  const upstream = upstreamOf(graph, node)
  const substrates = outputsOf(graph, upstream, "substrate")
  const [substrate] = substrates
  if (substrate === undefined || substrates.length > 1) {
    const found = substrates.length === 0 ? "none is upstream of it" : `upstream of it are ${substrates.map(show).join(", ")}`
    return E.left(`${text} is a model on a substrate, and it is not clear on which: ${found}`)
  }
  const tokenizers = outputsOf(graph, upstream, "tokenizer")
  return E.right({ model: { node, port }, substrate, tokenizer: tokenizers.length === 1 ? tokenizers[0] : undefined })
}
