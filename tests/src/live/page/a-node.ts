/** Nodes as the page sees them, for tests of its pure parts. */
import type { InputView, NodeView, OutputView, ParamView } from "../../../../src/live/protocol/graph-view.ts"

export const anInput = (name: string, from: readonly string[] = [], more: Partial<InputView> = {}): InputView => ({
  name, type: "tokens", arity: "one", isStream: false, isLazy: false,
  from: from.map((wire) => ({ node: wire.slice(0, wire.lastIndexOf(".")), port: wire.slice(wire.lastIndexOf(".") + 1) })),
  ...more,
})

export const anOutput = (name: string, more: Partial<OutputView> = {}): OutputView => ({ name, type: "tokens", view: "data", isStream: false, collects: null, ...more })

export const aNode = (path: string, more: Partial<NodeView> = {}): NodeView => ({
  path, kind: "metric/one", family: "metric", title: "One", reference: null, params: [], inputs: [], outputs: [anOutput("out")], seeded: false, salt: "", onDevice: false, cores: 1,
  controls: { disabled: false, bypass: false, gate: null, pin: null }, canBypass: false, origin: "file",
  ...more,
})

/** `size` nodes in rows: each reads from two of the row before, as wide as a real graph is. */
export const aLargeGraph = (size: number): readonly NodeView[] =>
  Array.from({ length: size }, (_, i) => {
    const wide = 20
    const above = [i - wide, i - wide + 1].filter((j) => j >= 0 && i >= wide)
    return aNode(`layer-${Math.floor(i / wide)}/node-${i}`, {
      family: ["dataset", "model", "trainer", "merger", "metric"][i % 5] as string,
      inputs: [anInput("in", above.map((j) => `layer-${Math.floor(j / wide)}/node-${j}.out`), { arity: "many" })],
    })
  })

export const aSlider = (name: string, value: number): ParamView => ({
  name, doc: "Share of the first expert", expected: "a number from 0 to 1", value, fallback: 0.5, knob: { _tag: "slider", min: 0, max: 1, step: 0.01, whole: false }, isKnob: true, extends: false, fileValue: null,
})
