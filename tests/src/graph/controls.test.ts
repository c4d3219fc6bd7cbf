/** Controls as data of a graph. SPEC G9. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { buildGraph, graph, graphFromJson, graphToJson, hashBytes, withControls, type Controls } from "#src"
import { built, join, keysOf, right, scale, source } from "./number-kinds.ts"

const file = (controls: Controls) =>
  graph("controlled", (g) => {
    const { numbers } = g.add("source", source, {})
    g.add("scale", scale, {}, { numbers }, { salt: "s", ...controls })
  })
const pin = { reason: "as published", outputs: { numbers: { hash: hashBytes("x"), bytes: 1 } } }

describe("controls", () => {
  it("[G9] lie on their node, are in no key, and come back from JSON", () => {
    const plain = built(file({}))
    expect("controls" in plain.nodes.get("scale")!).toBe(false)
    const all: readonly Controls[] = [{ disabled: true }, { pin }, { pin: {} }, { bypass: true }, { gate: "closed" }, { gate: "open" }, { force: "again" }, { gate: "open", force: "1" }]
    for (const controls of all) {
      const graph = built(file(controls))
      expect(graph.nodes.get("scale")).toMatchObject({ controls, salt: "s" })
      expect(keysOf(graph)).toEqual(keysOf(plain))
      const back = right(graphFromJson(JSON.parse(JSON.stringify(graphToJson(graph))), [source, scale]))
      expect(back.nodes.get("scale")).toMatchObject({ controls, salt: "s" })
      expect(graphToJson(back)).toEqual(graphToJson(graph))
    }
  })

  it("[G9] are put on and taken off as an edit of the node", () => {
    const node = built(file({})).nodes.get("scale")!
    const gated = withControls(node, { gate: "closed", force: "1" })
    expect(gated.controls).toEqual({ gate: "closed", force: "1" })
    expect(withControls(gated, { gate: "open" }).controls).toEqual({ gate: "open", force: "1" })
    expect(withControls(gated, { gate: undefined, force: undefined })).toEqual(node)
  })

  it("[G9] must fit the kind", () => {
    const wrong = graph("wrong", (g) => {
      const { numbers } = g.add("source", source, {}, {}, { bypass: true })
      g.add("join", join, {}, { all: [numbers] }, { pin: { outputs: { number: pin.outputs.numbers } } })
    })
    expect(buildGraph(wrong)).toMatchObject(
      E.left([
        { _tag: "BadControl", node: "source", control: "bypass", got: "test/source" },
        { _tag: "BadControl", node: "join", control: "pin", expected: "contents for the outputs numbers", got: "number" },
      ]),
    )
    expect(graphFromJson({ ...(graphToJson(built(file({}))) as object), nodes: [{ path: "a", kind: "test/source", params: {}, inputs: {}, controls: { gate: "ajar" } }] }, [source])).toMatchObject(
      E.left([{ _tag: "BadJson" }]),
    )
  })
})
