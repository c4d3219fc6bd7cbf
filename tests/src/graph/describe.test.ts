/** Every kind of issue becomes one sentence that names node, port, param, what was expected and what came. */
import { describe, expect, it } from "vitest"
import { describeIssue, type GraphIssue } from "#src"

const cases: readonly (readonly [GraphIssue, string])[] = [
  [{ _tag: "BadParam", node: "expert/ru", param: "steps", expected: "a whole number from 1 to 9", got: '"many"' }, 'node expert/ru, param steps: expected a whole number from 1 to 9, got "many"'],
  [{ _tag: "BadGraphParam", param: "stages", expected: "a whole number from 1 to 4", got: "9" }, "graph param stages: expected a whole number from 1 to 4, got 9"],
  [{ _tag: "BadOverride", target: "tokns.size", expected: "a node of the graph: tokens" }, "override tokns.size: expected a node of the graph: tokens"],
  [{ _tag: "DuplicatePath", node: "a" }, "node a: expected every path once, got two nodes of this name"],
  [{ _tag: "BadPath", node: "a b", expected: "letters" }, 'node "a b": expected a path of letters'],
  [{ _tag: "MissingInput", node: "b", port: "text", expected: "an output of type documents" }, "node b, port text: expected an output of type documents, got nothing"],
  [{ _tag: "UnknownInput", node: "b", port: "txt", expected: "text (did you mean text?)" }, "node b, port txt: there is no such input; expected text (did you mean text?)"],
  [{ _tag: "BadEdge", node: "b", port: "text", expected: "an output of type documents", got: "a.n of type number" }, "node b, port text: expected an output of type documents, got a.n of type number"],
  [{ _tag: "BadControl", node: "b", control: "bypass", expected: "a kind that passes", got: "test/b" }, "node b, control bypass: expected a kind that passes, got test/b"],
  [{ _tag: "Cycle", nodes: ["b", "a"] }, "nodes b -> a -> b: a cycle; expected a graph without cycles"],
  [{ _tag: "BuildFailed", message: "no such language", at: "at graph.ts:3:9" }, "the graph could not be built: no such language (at graph.ts:3:9)"],
  [{ _tag: "BuildFailed", message: "no such language" }, "the graph could not be built: no such language"],
  [{ _tag: "UnknownKind", node: "a", expected: "a known kind", got: 'the kind "x"' }, 'node a: expected a known kind, got the kind "x"'],
  [{ _tag: "BadJson", message: "name: expected string, got 1" }, "not the JSON form of a graph: name: expected string, got 1"],
]

describe("describeIssue", () => {
  it.each(cases)("[G4] %o", (issue, sentence) => {
    expect(describeIssue(issue)).toBe(sentence)
  })
})
