/** Content hashes: the standard's own examples, and chunking that does not show. */
import { describe, expect, it } from "vitest"
import { hashBytes, hashJson, isHash, makeHasher } from "../../../src/base/hash.ts"

describe("hash", () => {
  it("[K3] is SHA-256: the examples of FIPS 180-4", () => {
    expect(hashBytes("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    expect(hashBytes("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  })

  it("[K3] does not depend on how the content is cut", () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)
    const chunked = makeHasher().update(bytes.subarray(0, 1)).update(bytes.subarray(1, 640)).update(bytes.subarray(640)).digest()
    expect(chunked).toBe(hashBytes(bytes))
  })

  it("[K3] of a JSON value is that of its canonical text", () => {
    expect(hashJson({ b: [1], a: "ж" })).toBe(hashBytes('{"a":"ж","b":[1]}'))
    expect(hashJson({ a: 1, b: 2 })).toBe(hashJson({ b: 2, a: 1 }))
  })

  it("knows a hash when it sees one", () => {
    expect(isHash(hashBytes("x"))).toBe(true)
    expect([isHash("abc"), isHash(hashBytes("x").toUpperCase()), isHash(7)]).toEqual([false, false, false])
  })
})
