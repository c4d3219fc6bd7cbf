/** A node that fails for a passing reason as often as it is told to, counted in a file. */
import { appendFile, readFile } from "node:fs/promises"
import { defineKind, graph, integer, jsonPort, NodeFailure, text } from "#src"
import * as t from "io-ts"

const attempts = jsonPort("attempts", t.number)

export const flaky = defineKind({
  id: "test/flaky",
  module: import.meta.url,
  title: "Fails at first",
  params: { log: text({ default: "attempts.txt", doc: "A line is added to it with each attempt" }), failures: integer({ min: 0, max: 10, default: 2, doc: "Attempts that fail" }) },
  inputs: {},
  outputs: { attempts },
  run: async (_, { log, failures }) => {
    await appendFile(log, "tried\n")
    const count = (await readFile(log, "utf8")).split("\n").length - 1
    if (count <= failures) throw new NodeFailure(`attempt ${count} found the line busy`, { transient: true })
    return { attempts: count }
  },
})

export default graph("flaky", (g) => void g.add("line", flaky, {}))
