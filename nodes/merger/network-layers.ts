/** Networks cut into layers and put together again, as nodes: networks that share a layer give one value. */
import { defineKind, integer, jsonPort, many, must, NodeFailure, one } from "#src"
import * as t from "io-ts"
import { biasName, layersOf, network, tensorOf, weightName, type Network } from "../port/network.ts"

const layer = (widths: readonly [number, number], of: Pick<Network, "tensors">, from: number): Network => ({ meta: { widths }, tensors: named(of, from, 0) })
/** The weights of layer `from`, under the names of layer `to`. */
const named = (of: Pick<Network, "tensors">, from: number, to: number): Network["tensors"] => ({ [weightName(to)]: tensorOf(of, weightName(from)), [biasName(to)]: tensorOf(of, biasName(from)) })

/** Fails unless all are of the first one's widths, which it gives. */
export const requireSame = (models: readonly Network[]): readonly number[] => {
  const all = models.map(({ meta }) => meta.widths.join(" x "))
  const other = all.findIndex((widths) => widths !== all[0])
  if (other >= 0) throw new NodeFailure(`model ${other + 1} is ${all[other]}, model 1 is ${all[0]}`)
  return must(models[0], "model").meta.widths
}

/** What nodes that go up the layers must know of all networks before they do. */
export const networkLayout = jsonPort("network-layout", t.readonly(t.type({ widths: t.readonlyArray(t.number) })))

export const layOutNetworks = defineKind({
  id: "merger/network-layout",
  module: import.meta.url,
  title: "Whether networks are of one layout",
  params: {},
  inputs: { models: many(network) },
  outputs: { layout: networkLayout },
  run: ({ models }) => ({ layout: { widths: requireSame(models) } }),
})

export const networkLayer = defineKind({
  id: "merger/network-layer",
  module: import.meta.url,
  title: "One layer of a network",
  params: { layer: integer({ min: 0, max: 1000, doc: "Counted from below, from 0" }) },
  inputs: { network: one(network) },
  outputs: { layer: network },
  run: ({ network: of }, { layer: l }) => ({ layer: layer([must(of.meta.widths[l], "width"), must(of.meta.widths[l + 1], "width")], of, l) }),
})

/** From below. */
export const stackLayers = defineKind({
  id: "merger/stack-layers",
  module: import.meta.url,
  title: "A network of layers",
  params: {},
  inputs: { layers: many(network) },
  outputs: { network },
  run: ({ layers }) => {
    const widths = [must(layers[0], "layer").meta.widths[0] as number, ...layers.map(({ meta }) => meta.widths[layersOf(meta.widths)] as number)]
    return { network: { meta: { widths }, tensors: Object.assign({}, ...layers.map((of, l) => named(of, 0, l))) as Network["tensors"] } }
  },
})
