/**
 * What is wrong with a graph, as one sentence for people: which node, port and param, what was expected and what came.
 * The file is named by whoever read it.
 */
import { never } from "../base/assert.ts"
import type { GraphIssue } from "./graph.ts"

/** One line, without a full stop. */
export const describeIssue = (issue: GraphIssue): string => {
  switch (issue._tag) {
    case "BadParam":
      return `node ${issue.node}, param ${issue.param}: expected ${issue.expected}, got ${issue.got}`
    case "BadGraphParam":
      return `graph param ${issue.param}: expected ${issue.expected}, got ${issue.got}`
    case "BadOverride":
      return `override ${issue.target}: expected ${issue.expected}`
    case "DuplicatePath":
      return `node ${issue.node}: expected every path once, got two nodes of this name`
    case "UnknownNode":
      return `node ${issue.node}: there is no such node to edit`
    case "BadPath":
      return `node ${JSON.stringify(issue.node)}: expected a path of ${issue.expected}`
    case "MissingInput":
      return `node ${issue.node}, port ${issue.port}: expected ${issue.expected}, got nothing`
    case "UnknownInput":
      return `node ${issue.node}, port ${issue.port}: there is no such input; expected ${issue.expected}`
    case "BadEdge":
      return `node ${issue.node}, port ${issue.port}: expected ${issue.expected}, got ${issue.got}`
    case "BadControl":
      return `node ${issue.node}, control ${issue.control}: expected ${issue.expected}, got ${issue.got}`
    case "Cycle":
      return `nodes ${[...issue.nodes, issue.nodes[0]].join(" -> ")}: a cycle; expected a graph without cycles`
    case "BuildFailed":
      return `the graph could not be built: ${issue.message}${issue.at === undefined ? "" : ` (${issue.at})`}`
    case "UnknownKind":
      return `node ${issue.node}: expected ${issue.expected}, got ${issue.got}`
    case "BadJson":
      return `not the JSON form of a graph: ${issue.message}`
    default:
      return never(issue)
  }
}
