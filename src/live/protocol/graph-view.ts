/**
 * The graph as the page sees it: what can be drawn, wired and turned, with everything a control needs to know beside
 * it. Nothing of it changes while nodes run. SPEC L3.
 */
import * as t from "io-ts"
import { count, json, list, orNull, record, word } from "./codec.ts"

/** The control that fits a param. `whole`: only whole numbers. */
export const Knob = t.union([
  t.type({ _tag: t.literal("slider"), min: t.number, max: t.number, step: t.number, whole: t.boolean }),
  t.type({ _tag: t.literal("choice"), options: list(t.string) }),
  t.type({ _tag: t.literal("switch") }),
  /** `json`: what is entered is read as JSON, not as a text. */
  t.type({ _tag: t.literal("text"), json: t.boolean }),
])

export const ParamView = t.type({
  name: t.string,
  /** One sentence with the unit. */
  doc: t.string,
  /** What values it takes, in words: "a number from 0 to 1". */
  expected: t.string,
  value: json,
  /** The value if nobody gives one; null when it must be given. */
  fallback: orNull(json),
  /** Of a declared knob the range is the one that the graph asks for. */
  knob: Knob,
  /** The graph shows it as a control; the others are params like any. */
  isKnob: t.boolean,
  /** A larger value goes on where a smaller one ended. */
  extends: t.boolean,
  /** What the file has, where the page has changed it; else null. */
  fileValue: orNull(json),
})

/** A param of the whole graph. */
export const GraphParamView = t.intersection([
  ParamView,
  t.type({
    /**
     * There when another value adds or takes away nodes and leaves the others as they are, as the number of stages of a
     * growing stack does: the nodes that one more would add, and those that one less would remove (none at an end of
     * the range). "Add a layer" sets the param.
     */
    grow: orNull(t.type({ more: list(t.string), less: list(t.string) })),
  }),
])

export const Ref = t.type({ node: t.string, port: t.string })

const View = word("data", "curve", "metric", "sample", "picture", "table", "matrix", "verdict")

export const InputView = t.type({
  name: t.string,
  /** Name of the port type; ports fit when the names are equal, and a stream fits where what it `collects` is expected. */
  type: t.string,
  arity: word("one", "optional", "many"),
  isStream: t.boolean,
  isLazy: t.boolean,
  /** In order. */
  from: list(Ref),
})

export const OutputView = t.type({
  name: t.string,
  type: t.string,
  /** How to draw it: curves and pictures by this, never by the kind of node. */
  view: View,
  isStream: t.boolean,
  collects: orNull(t.string),
})

export const ControlsView = t.type({
  disabled: t.boolean,
  bypass: t.boolean,
  gate: orNull(word("closed", "open")),
  /** Why it is pinned, possibly empty; null when it is not. */
  pin: orNull(t.string),
})

export const NodeView = t.type({
  /** `/` makes groups, `[lr=0.1]` marks a cell of a sweep or table. */
  path: t.string,
  /** Of the kind: `family/name`. */
  kind: t.string,
  family: t.string,
  title: t.string,
  reference: orNull(t.string),
  params: list(ParamView),
  inputs: list(InputView),
  outputs: list(OutputView),
  /** It depends on the seed, and `salt` gives it a random stream of its own. */
  seeded: t.boolean,
  salt: t.string,
  onDevice: t.boolean,
  cores: count,
  controls: ControlsView,
  canBypass: t.boolean,
  /** `overlay`: added on the page; `expansion`: came to be while the node above it ran. */
  origin: word("file", "overlay", "expansion"),
})

export const GraphView = t.type({
  name: t.string,
  /** Path of the graph file as it was given on the command line. */
  file: t.string,
  params: list(GraphParamView),
  seed: t.string,
  /** Name of what floats are computed on; null when nothing is. */
  device: orNull(t.string),
  /** Every node, after those it reads from. */
  order: list(t.string),
})

/** A kind that may be added, for the menu of the page. */
export const KindView = t.type({ id: t.string, title: t.string, inputs: record(t.string), outputs: record(t.string) })

export type Knob = t.TypeOf<typeof Knob>
export type ParamView = t.TypeOf<typeof ParamView>
export type GraphParamView = t.TypeOf<typeof GraphParamView>
export type InputView = t.TypeOf<typeof InputView>
export type OutputView = t.TypeOf<typeof OutputView>
export type ControlsView = t.TypeOf<typeof ControlsView>
export type NodeView = t.TypeOf<typeof NodeView>
export type GraphView = t.TypeOf<typeof GraphView>
export type KindView = t.TypeOf<typeof KindView>
