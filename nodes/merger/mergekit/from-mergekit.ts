/** A mergekit configuration as a graph: a node for each stage, one after another. SPEC F9. */
import { graph, type GraphFile, type Output } from "#src"
import * as E from "fp-ts/lib/Either.js"
import type { checkpointFiles } from "../../port/checkpoint.ts"
import { mergeCheckpoints } from "../merge-checkpoints.ts"
import { vocabularyMap } from "../vocabulary-map.ts"
import { stagesOf } from "./merge-stages.ts"

export interface FromMergekit {
  /** Where `yaml` is from: names it in messages, and its folder is where models are looked for. */
  readonly file: string
  /** Folder of the result. */
  readonly out: string
  readonly compat?: boolean
}

/** Left: what is wrong with the YAML, by line and column. What is wrong with the models of any stage, the nodes say before one of them merges. */
export const fromMergekit = (yaml: string, { file, out, compat = false }: FromMergekit): E.Either<readonly string[], GraphFile> => {
  const stages = stagesOf(file, yaml, { out })
  if (E.isLeft(stages)) return stages
  return E.right(
    graph("merge", (g) => {
      let before: Output<typeof checkpointFiles> | undefined
      for (const [stage, { config }] of stages.right.entries()) {
        const params = { file, config: yaml, stage, out, compat }
        const wires = before === undefined ? {} : { before }
        if (config.tokenizer !== undefined) g.add(`${config.name ?? "merge"}/vocabulary`, vocabularyMap, params, wires)
        before = g.add(config.name ?? "merge", mergeCheckpoints, params, wires).checkpoint
      }
    }),
  )
}
