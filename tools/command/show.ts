/** `cambium show FILE`: prints a graph, or its JSON form; runs nothing. */
import * as E from "fp-ts/lib/Either.js"
import { graphToJson } from "../../src/graph/json.ts"
import { describeGraph } from "./describe-graph.ts"
import { exitCode } from "./exit-code.ts"
import { loadGraph } from "./load-graph-file.ts"
import { paintFor } from "./paint.ts"
import { listOption, parseCommand } from "./parse-command.ts"
import { tellProblem } from "./tell-problem.ts"

export const showCommand = async (args: readonly string[]): Promise<number> => {
  const line = parseCommand("show", args)
  if (E.isLeft(line)) {
    console.error(line.left)
    return exitCode.wrongInput
  }
  const { operands, options } = line.right
  const graph = await loadGraph(operands[0] ?? "", { set: listOption(line.right, "set"), tiny: options["tiny"] === true })
  if (E.isLeft(graph)) {
    tellProblem(graph.left, options["debug"] === true)
    return exitCode.wrongInput
  }
  console.log(options["json"] === true ? JSON.stringify(graphToJson(graph.right), null, 2) : describeGraph(graph.right, paintFor(process.stdout), process.stdout.columns ?? 100))
  return exitCode.done
}
