/** The import table on small made-up trees: what it allows, what it refuses, and what it says. */
import { describe, expect, it } from "vitest"
import { cycles } from "../../../tools/check/cycles.ts"
import { importTable } from "../../../tools/check/import-table.ts"
import { makeSource } from "../../../tools/check/source.ts"

/** Findings of the first file, with the others (empty unless given text) around it. */
const faults = (path: string, text: string, ...others: string[]) => {
  const source = makeSource(path, text)
  return importTable(source, [source, ...others.map((other) => makeSource(other, ""))]).map(({ line, message }) => `${line}: ${message}`)
}

describe("the import table", () => {
  it("lets the towers grow upwards only", () => {
    expect(faults("src/tensor/a.ts", 'import { b } from "../base/b.ts"', "src/base/b.ts")).toEqual([])
    expect(faults("src/base/b.ts", 'import { a } from "../tensor/a.ts"', "src/tensor/a.ts")).toEqual(["1: imports src/tensor/a.ts; src/base may import nothing of ours"])
    expect(faults("src/graph/a.ts", '\nexport { b } from "../tensor/b.ts"', "src/tensor/b.ts")).toEqual(["2: imports src/tensor/b.ts; src/graph may import src/base, src/schema"])
  })

  it("lets the engine see types of tensors and devices, and no more of them", () => {
    expect(faults("src/engine/a.ts", 'import type { Device } from "../device/device.ts"', "src/device/device.ts")).toEqual([])
    expect(faults("src/engine/a.ts", 'type D = import("../device/device.ts").Device', "src/device/device.ts")).toEqual([])
    const values = ['import { open } from "../device/open.ts"', 'import { type Device } from "../device/open.ts"', 'await import("../device/open.ts")']
    for (const text of values) expect(faults("src/engine/a.ts", text, "src/device/open.ts")).toEqual([expect.stringContaining("may import only its types")])
  })

  it("keeps families of nodes apart, and lets them meet in their ports", () => {
    expect(faults("nodes/model/a.ts", 'import { x } from "#src"\nimport { b } from "./b.ts"\nimport { p } from "../port/p.ts"', "src/index.ts", "nodes/model/b.ts", "nodes/port/p.ts")).toEqual([])
    expect(faults("nodes/model/a.ts", 'import { b } from "../metric/b.ts"', "nodes/metric/b.ts")).toHaveLength(1)
    expect(faults("nodes/model/a.ts", 'import { b } from "../../src/base/json.ts"', "src/base/json.ts")).toHaveLength(1)
    expect(faults("nodes/index.ts", 'export { b } from "./metric/b.ts"', "nodes/metric/b.ts")).toEqual([])
  })

  it("gives graphs the two doors, and tests to nobody", () => {
    expect(faults("graphs/a.ts", 'import { g } from "#src"\nimport { n } from "#nodes"', "src/index.ts", "nodes/index.ts")).toEqual([])
    expect(faults("graphs/a.ts", 'import { n } from "../nodes/metric/b.ts"', "nodes/metric/b.ts")).toHaveLength(1)
    expect(faults("tools/a.ts", 'import { n } from "../tests/support/b.ts"', "tests/support/b.ts")).toHaveLength(1)
  })

  it("knows the packages of each folder, and wants node: written out", () => {
    expect(faults("src/store/a.ts", 'import { open } from "lmdb"\nimport * as fs from "node:fs/promises"')).toEqual([])
    expect(faults("src/graph/a.ts", 'import { x } from "rxjs/operators"')).toEqual(["1: imports the package rxjs; allowed here: fp-ts, io-ts"])
    expect(faults("src/schema/a.ts", 'import { x } from "node:fs"')).toHaveLength(1)
    expect(faults("tools/a.ts", 'import { x } from "fs"')).toEqual(["1: imports fs; write node:fs"])
  })

  it("finds imports that lead nowhere, and folders it does not know", () => {
    expect(faults("src/base/a.ts", 'import { b } from "./b"', "src/base/b.ts")).toEqual([expect.stringContaining("there is no file src/base/b")])
    expect(faults("src/other/a.ts", "")).toEqual(["1: lies in a folder that the import table does not know"])
  })
})

describe("cycles of imports", () => {
  const tree = (files: Readonly<Record<string, string>>) => Object.entries(files).map(([path, text]) => makeSource(path, text))

  it("are found at the import that closes them", () => {
    const sources = tree({ "src/a.ts": 'import "./b.ts"', "src/b.ts": 'export * from "./c.ts"', "src/c.ts": '\nimport { a } from "./a.ts"', "src/d.ts": 'import "./a.ts"' })
    expect(cycles(sources)).toEqual([{ file: "src/c.ts", line: 2, message: "closes a cycle of imports: src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts" }])
  })

  it("do not go through types", () => {
    expect(cycles(tree({ "src/a.ts": 'import type { B } from "./b.ts"', "src/b.ts": 'import "./a.ts"' }))).toEqual([])
  })
})
