/** A graph as pages see it: every node with its params, their controls and what the file has in their place. SPEC L3. */
import type { Json } from "../base/json.ts"
import { equalJson } from "../base/json.ts"
import type { KnobRange, Node } from "../graph/graph.ts"
import type { Signature } from "../graph/signature.ts"
import type { Param } from "../schema/param.ts"
import { isStream, type AnyPort } from "../schema/stream.ts"
import type { Growth } from "./growth.ts"
import type { GraphSource, Overlaid } from "./overlay-graph.ts"
import type { GraphView, KindView, Knob, NodeView, OutputView, ParamView } from "./protocol/graph-view.ts"

export interface GraphAbout {
  readonly source: GraphSource
  readonly file: string
  readonly seed: string
  readonly device: string | null
  readonly growth: { readonly [param: string]: Growth }
}

export const drawGraph = ({ graph, file: own }: Overlaid, { source, file, seed, device, growth }: GraphAbout): GraphView => ({
  name: graph.name,
  file,
  params: Object.entries(source.file.params).map(([name, param]) => ({
    ...drawParam(name, param, graph.params[name] ?? null, { range: {}, extends: false, fileValue: own.params[name] }),
    grow: growth[name] ?? null,
  })),
  seed,
  device,
  order: [...graph.nodes.keys()],
})

/** `plain` is the node as the file has it; undefined when it is not in the file. */
export const drawNode = (node: Node, plain: Node | undefined, origin: NodeView["origin"]): NodeView => {
  const { path, kind, params, inputs, knobs, salt, controls } = node
  return {
    path,
    kind: kind.id,
    family: kind.id.split("/")[0] ?? kind.id,
    title: kind.title,
    reference: kind.reference ?? null,
    params: Object.entries(kind.params).map(([name, param]) =>
      drawParam(name, param, params[name] ?? null, { range: knobs[name], extends: kind.extends?.includes(name) ?? false, fileValue: plain?.params[name] })),
    inputs: Object.entries(kind.inputs).map(([name, input]) => ({
      name,
      type: input.type.name,
      arity: input.arity,
      isStream: isStream(input.type),
      isLazy: input.lazy === true,
      from: (inputs[name] ?? []).map(({ node: source, port }) => ({ node: source, port })),
    })),
    outputs: Object.entries(kind.outputs).map(([name, type]) => drawOutput(name, type)),
    seeded: kind.seeded === true,
    salt,
    onDevice: kind.onDevice === true,
    cores: kind.cores ?? 1,
    controls: {
      disabled: controls?.disabled === true,
      bypass: controls?.bypass === true,
      gate: controls?.gate ?? null,
      pin: controls?.pin === undefined ? null : (controls.pin.reason ?? ""),
    },
    canBypass: kind.passes !== undefined,
    origin,
  }
}

const drawOutput = (name: string, type: AnyPort): OutputView => ({ name, type: type.name, view: type.view, isStream: isStream(type), collects: isStream(type) ? (type.collects ?? null) : null })

interface ParamPlace {
  /** Undefined: the graph does not show it as a control. */
  readonly range: KnobRange | undefined
  readonly extends: boolean
  readonly fileValue: Json | undefined
}

const drawParam = (name: string, { codec, doc, knob, default: fallback }: Param, value: Json, place: ParamPlace): ParamView => ({
  name,
  doc,
  expected: codec.name,
  value,
  fallback: fallback ?? null,
  knob: drawKnob(knob, place.range, value),
  isKnob: place.range !== undefined,
  extends: place.extends,
  fileValue: place.fileValue === undefined || equalJson(place.fileValue, value) ? null : place.fileValue,
})

const drawKnob = (knob: Param["knob"], range: KnobRange | undefined, value: Json): Knob => {
  switch (knob._tag) {
    case "slider": {
      const whole = knob.step === 1 && Number.isInteger(knob.min)
      return { _tag: "slider", min: range?.min ?? knob.min, max: range?.max ?? knob.max, step: range?.step ?? knob.step, whole }
    }
    case "text":
      return { _tag: "text", json: typeof value !== "string" }
    default:
      return knob
  }
}

export const drawKind = ({ id, title, inputs, outputs }: Signature): KindView => ({
  id,
  title,
  inputs: Object.fromEntries(Object.entries(inputs).map(([port, { type }]) => [port, type.name])),
  outputs: Object.fromEntries(Object.entries(outputs).map(([port, type]) => [port, type.name])),
})
