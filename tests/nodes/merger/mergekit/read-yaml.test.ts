/** YAML as mergekit's reader has it: anchors and merge keys, and the place of every part in the text. The values are those that PyYAML 6.0 reads. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { describeConfigIssue, type Path } from "../../../../nodes/merger/mergekit/config.ts"
import { readYaml } from "../../../../nodes/merger/mergekit/read-yaml.ts"

const shared = "w: &w {a: 1, b: 2}\nv: &v {a: 3, c: 4}\n"
const read = (text: string) => {
  const documents = readYaml("m.yml", text)
  if (E.isLeft(documents)) throw new Error(documents.left.map(describeConfigIssue).join("\n"))
  return documents.right[0] as (typeof documents.right)[number]
}
const faults = (text: string): readonly string[] => {
  const documents = readYaml("m.yml", text)
  return E.isLeft(documents) ? documents.left.map(describeConfigIssue) : []
}

describe("merge keys", () => {
  it.each([
    ["x: {<<: *w, a: 9}", { a: 9, b: 2 }],
    ["x: {a: 9, <<: *w}", { a: 9, b: 2 }],
    ["x: {<<: [*w, *v]}", { a: 1, b: 2, c: 4 }],
    ["x: {<<: *w, <<: *v}", { a: 3, b: 2, c: 4 }],
    ["x: {<<: {a: 5}}", { a: 5 }],
    ["y: &y {<<: *w, b: 7}\nx: {<<: *y}", { a: 1, b: 7 }],
    ['x: {"<<": *w}', { "<<": { a: 1, b: 2 } }],
  ])("[F8] %j", (text, value) => {
    expect((read(shared + text).value as { x: unknown }).x).toEqual(value)
  })

  it("[F8] what they bring is where it was written, what a mapping has of its own is there", () => {
    const { issue } = read(`${shared}x: {<<: *w, b: 7}\ny: {<<: [*w, *v]}\nz: {<<: *w, <<: *v}\n`)
    const place = (path: Path, onKey: boolean) => [issue(path, "", "", onKey).line, issue(path, "", "", onKey).column]
    expect([["x", "a"], ["x", "b"], ["y", "a"], ["y", "c"], ["z", "a"], ["z", "b"]].map((path) => [place(path, true), place(path, false)])).toEqual([
      [[1, 8], [1, 11]],
      [[3, 13], [3, 16]],
      [[1, 8], [1, 11]],
      [[2, 14], [2, 17]],
      [[2, 8], [2, 11]],
      [[1, 14], [1, 17]],
    ])
  })

  it.each([
    ["x: {<<: 3}\n", "m.yml:1:9: expected a mapping to merge, or a list of mappings, got 3"],
    ["x: {<<: [{a: 1}, 3]}\n", "m.yml:1:18: expected a mapping to merge, or a list of mappings, got 3"],
    ["w: &w [1]\nx: {<<: *w}\n", "m.yml:1:8: expected a mapping to merge, or a list of mappings, got 1"],
    ["w: &w 1\nx: {<<: *w}\n", "m.yml:2:9: expected a mapping to merge, or a list of mappings, got *w"],
    ["x: {<<: }\n", "m.yml:1:9: expected a mapping to merge, or a list of mappings, got nothing"],
    ["x: {<<: *w}\n", "m.yml:1:9: expected an anchor that ends before its use, got *w"],
    ["x: &x {<<: *x, a: 1}\n", "m.yml:1:12: expected an anchor that ends before its use, got *x"],
    ["x: &x {a: [*x]}\n", "m.yml:1:12: expected an anchor that ends before its use, got *x"],
  ])("[F8] %j is a mistake, by line and column", (text, message) => {
    expect(faults(text)).toEqual([message])
  })

  it("[F8] many of many make no large value of a small file", () => {
    const nine = (name: string) => `[${Array.from({ length: 9 }, () => `*${name}`).join(", ")}]`
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} {<<: ${nine(`l${i}`)}}`).join("\n")
    expect(faults(`l0: &l0 {a: 1}\n${levels}\n`)).toEqual(["m.yml:1:1: expected at most 100 uses of anchors, got more"])
  })
})
