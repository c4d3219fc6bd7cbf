/** What is in a key and what is not. SPEC K1, K4, K7, K8, W4. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hashBytes, hashJson, keyOf, type KeyParts } from "#src"
import { lineageOf, makeKeyOf, seedOf } from "../../../src/graph/key.ts"

const parts: KeyParts = {
  kind: "family/name",
  code: "c0de",
  params: { steps: 100, lr: 0.1 },
  seed: seedOf("1", ""),
  device: "onnx-cpu",
  files: [{ name: "/here/a.txt", hash: hashBytes("a") }],
  inputs: { data: [hashBytes("x"), hashBytes("y")] },
}

describe("keys", () => {
  it("K1: every part changes the key", () => {
    const others: readonly Partial<KeyParts>[] = [
      { kind: "family/other" },
      { code: "c1de" },
      { params: { steps: 100, lr: 0.2 } },
      { seed: seedOf("2", "") },
      { seed: seedOf("1", "salt") },
      { seed: null },
      { device: null },
      { files: [{ name: "/here/a.txt", hash: "missing" }] },
      { inputs: { data: [hashBytes("y"), hashBytes("x")] } },
      { inputs: { data: [hashBytes("x")] } },
      { inputs: { other: [hashBytes("x"), hashBytes("y")] } },
    ]
    const keys = [parts, ...others.map((other) => ({ ...parts, ...other }))].map(keyOf)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it("K1: the order of params and the names of files do not", () => {
    expect(keyOf({ ...parts, params: { lr: 0.1, steps: 100 }, files: [{ name: "/there/b.txt", hash: hashBytes("a") }] })).toBe(keyOf(parts))
  })

  it("W4: lineages differ from keys by the params that only extend, and by nothing else", () => {
    const lineage = (other: Partial<KeyParts>) => lineageOf({ ...parts, ...other }, ["steps"])
    expect(lineage({ params: { steps: 200, lr: 0.1 } })).toBe(lineage({}))
    expect(lineage({ params: { steps: 100, lr: 0.2 } })).not.toBe(lineage({}))
    expect(lineage({ code: "c1de" })).not.toBe(lineage({}))
    expect(lineageOf(parts, [])).not.toBe(keyOf(parts))
  })

  it("K7: seeds are told apart by graph seed and salt, whatever they contain", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        expect(seedOf(a, b) === seedOf(c, d)).toBe(a === c && b === d)
      }),
    )
  })
})

it("[K2] a key is the hash of the canonical text of its parts", () => {
  const parts: KeyParts = { kind: "a/b", code: "c\n", params: { z: 1, a: [null, "\u00e9"] }, seed: null, device: "d\"", files: [{ name: "f", hash: "h" }], inputs: { two: [hashBytes("2")], one: [] } }
  expect(keyOf(parts)).toBe(hashJson(["key 1", { ...parts, files: ["h"] }]))
  expect(lineageOf(parts, ["z"])).toBe(hashJson(["lineage 1", { ...parts, params: { a: [null, "\u00e9"] }, files: ["h"] }]))
})

it("[K2] are the same where the texts of kinds are remembered, whatever came before", () => {
  const one = fc.record({
    kind: fc.constantFrom("a/b", "a/c"),
    code: fc.constantFrom("1", "2"),
    params: fc.dictionary(fc.constantFrom("x", "y", "constructor"), fc.oneof(fc.integer(), fc.string(), fc.constant(undefined as unknown as string)), { noNullPrototype: true }),
    seed: fc.constantFrom(null, seedOf("1", "")),
    device: fc.constantFrom(null, "onnx", "wasm"),
    files: fc.constantFrom([], [{ name: "f", hash: "h" }]),
    inputs: fc.dictionary(fc.constantFrom("from", "to", "with \"quotes\""), fc.array(fc.constantFrom(null, hashBytes("1"), hashBytes("2")), { maxLength: 3 }), { noNullPrototype: true }),
    slot: fc.constantFrom(undefined, "revision 1"),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), (all) => {
      const remembering = makeKeyOf()
      for (const parts of all) {
        const { slot, ...rest } = { ...parts, files: parts.files.map(({ hash }) => hash) }
        const key = hashJson(["key 1", slot === undefined ? rest : { ...rest, slot }])
        expect([remembering(parts), keyOf(parts)]).toEqual([key, key])
      }
    }),
  )
})
