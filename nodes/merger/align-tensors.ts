/** Git Re-Basin for networks of any architecture: which axes run over the same units is told, and nothing else is known of them. */
import { defineKind, NodeFailure, one, structured, tablePort } from "#src"
import * as t from "io-ts"
import { namedTensors, type NamedTensors } from "../port/tensors.ts"
import { readLayout } from "./alignment/layout.ts"
import { matchWeights } from "./alignment/match-weights.ts"
import { permutedTensors } from "./alignment/permute.ts"

export const alignTensors = defineKind({
  id: "merger/align-tensors",
  module: import.meta.url,
  title: "Order units as in another network, of any architecture",
  reference: "https://arxiv.org/abs/2209.04836",
  params: {
    units: structured(t.readonly(t.record(t.string, t.string)), {
      doc: 'Units that the axes of each tensor run over, a word for each axis: "." stays, "a", "a+b" one behind the other, "4*h" four times; maps whose outputs are added have the same',
      expected: 'texts such as ". . a b" by names of tensors',
    }),
  },
  inputs: { tensors: one(namedTensors), reference: one(namedTensors) },
  outputs: { tensors: namedTensors, table: tablePort },
  seeded: true,
  run: ({ tensors: of, reference }, { units }, context) => {
    const layout = readLayout(units, reference.tensors)
    for (const name of layout.axes.keys()) requireSameShape(name, of, reference)
    const orders = matchWeights(reference.tensors, of.tensors, layout, context.random)
    return {
      tensors: { meta: of.meta, tensors: permutedTensors(of.tensors, layout, orders) },
      table: {
        title: `Units of ${of.meta.source} in the order of ${reference.meta.source}`,
        columns: ["units", "how many", "moved"],
        rows: [...orders].map(([name, order]) => [name, order.length, order.filter((unit, place) => unit !== place).length]),
      },
    }
  },
})

const requireSameShape = (name: string, of: NamedTensors, reference: NamedTensors): void => {
  const [expected, got] = [reference, of].map(({ tensors }) => tensors[name]?.shape.join(", "))
  if (got !== expected) throw new NodeFailure(`${of.meta.source}, tensor ${name}: expected the shape [${expected}] of ${reference.meta.source}, got ${got === undefined ? "no such tensor" : `[${got}]`}`)
}
