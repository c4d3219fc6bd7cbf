/** What a key depends on and what it does not, as laws over random graphs. SPEC K1, K8, G5. */
import fc from "fast-check"
import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { graphFromJson, graphToJson, type Graph } from "#src"
import { testEngine } from "./test-engine.ts"
import { anyEdit, anyWorld, dependenciesOf, edited, graphOfWorld, pathOf, sourcesOf, type World } from "./world.ts"

const keysOf = async (graph: Graph): Promise<ReadonlyMap<string, string>> => {
  const { engine } = testEngine()
  engine.commit(graph)
  await engine.settle()
  const keys = new Map<string, string>()
  for (const path of graph.nodes.keys()) {
    const outcome = engine.outcome(path)
    if (outcome !== undefined && "key" in outcome) keys.set(path, outcome.key)
  }
  return keys
}

/** The places in some order of dependency that `picks` chooses. */
const orderBy = (world: World, picks: readonly number[]): readonly number[] => {
  const left = new Set([...world.cells.keys()].filter((at) => world.cells[at] !== undefined))
  const order: number[] = []
  for (let i = 0; left.size > 0; i++) {
    const ready = [...left].filter((at) => sourcesOf(world, at).every((source) => !left.has(source)))
    const next = ready[(picks[i] ?? 0) % ready.length]!
    left.delete(next)
    order.push(next)
  }
  return order
}

it("K1, G5: other paths, another order of nodes, knobs, and the way through JSON change no key", async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, fc.array(fc.nat(), { maxLength: 8 }), async (world, picks) => {
      const plain = await keysOf(graphOfWorld(world))
      const renamed = (at: number): string => `group/${"zyxwvuts"[at]}`
      const moved = graphOfWorld(world, renamed, orderBy(world, picks))
      for (const [path, node] of moved.nodes) (moved.nodes as Map<string, typeof node>).set(path, { ...node, knobs: { add: { min: 0, max: 9 } } })
      const read = graphFromJson(JSON.parse(JSON.stringify(graphToJson(moved))), [...new Set([...moved.nodes.values()].map(({ kind }) => kind))])
      if (E.isLeft(read)) throw new Error(JSON.stringify(read.left))
      for (const graph of [moved, read.right]) {
        const keys = await keysOf(graph)
        expect(keys.size).toBe(plain.size)
        for (const at of world.cells.keys()) expect(keys.get(renamed(at)), pathOf(at)).toBe(plain.get(pathOf(at)))
      }
    }),
    { numRuns: 300 },
  )
})

it("K1, K8: keys are equal exactly where everything is equal that results depend on", async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, anyEdit, async (world, edit) => {
      const worlds = [world, edited(world, edit)]
      const found = new Map<string, string>()
      const texts = new Map<string, string>()
      for (const one of worlds) {
        const keys = await keysOf(graphOfWorld(one))
        for (const [at, text] of dependenciesOf(one)) {
          const key = keys.get(pathOf(at))!
          expect(found.get(text) ?? key, text).toBe(key)
          expect(texts.get(key) ?? text, key).toBe(text)
          found.set(text, key)
          texts.set(key, text)
        }
      }
    }),
    { numRuns: 300 },
  )
})
