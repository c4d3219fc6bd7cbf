/** Small checkpoints for merges, and what merging them by a configuration gives. */
import * as E from "fp-ts/lib/Either.js"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { encodeHalves } from "../../../../src/base/half.ts"
import { ndarray, type Tensors } from "../../../../src/base/ndarray.ts"
import { random } from "../../../../src/base/random.ts"
import { systemClock } from "../../../../src/base/clock.ts"
import { decodeSafetensors } from "../../../../src/base/safetensors.ts"
import { executeMerge, type ExecuteOptions } from "../../../../nodes/merger/checkpoint/execute-merge.ts"
import { unfinishedFolder } from "../../../../nodes/merger/checkpoint/unfinished.ts"
import type { MergePlan } from "../../../../nodes/merger/checkpoint/merge-plan.ts"
import { planStage, stagesOf, type StageOptions } from "../../../../nodes/merger/mergekit/merge-stages.ts"
import { writeShards } from "../../../src/checkpoint/made-files.ts"

export interface ModelShape {
  readonly layers: number
  readonly vocabulary: number
  readonly width: number
  readonly dtype: "f32" | "f16" | "bf16"
}

export const small: ModelShape = { layers: 3, vocabulary: 11, width: 6, dtype: "bf16" }

/** Weights of a small network; models of one `family` are near each other. */
export const modelTensors = ({ layers, vocabulary, width, dtype }: ModelShape, seed: string, family = "family"): Tensors => {
  const tensor = (name: string, shape: readonly number[]) => {
    const size = shape.reduce((n, extent) => n * extent, 1)
    const [shared, own] = [random(`${family}/${name}`).normals(size), random(`${seed}/${name}`).normals(size)]
    const values = shared.map((x, i) => 0.1 * x + 0.02 * (own[i] as number))
    return [name, dtype === "f32" ? ndarray("f32", shape, values) : ndarray(dtype, shape, encodeHalves(dtype, values))] as const
  }
  return Object.fromEntries([
    tensor("model.embed_tokens.weight", [vocabulary, width]),
    ...Array.from({ length: layers }, (_, l) => [
      tensor(`model.layers.${l}.self_attn.q_proj.weight`, [width, width]),
      tensor(`model.layers.${l}.mlp.up_proj.weight`, [2 * width, width]),
      tensor(`model.layers.${l}.input_layernorm.weight`, [width]),
    ]).flat(),
    tensor("model.norm.weight", [width]),
    tensor("lm_head.weight", [vocabulary, width]),
  ])
}

/** Writes a model in two shards with its `config.json`. */
export const writeModel = (folder: string, tensors: Tensors, config: object = {}): string => {
  const entries = Object.entries(tensors)
  const half = Math.ceil(entries.length / 2)
  return writeShards(folder, [Object.fromEntries(entries.slice(0, half)), Object.fromEntries(entries.slice(half))], {
    "config.json": { num_hidden_layers: 3, vocab_size: tensors["model.embed_tokens.weight"]?.shape[0], torch_dtype: "bfloat16", tie_word_embeddings: false, ...config },
  })
}

/** The plan of a configuration of one stage; throws its problems. */
export const planned = (yaml: string, options: Partial<StageOptions> & Pick<StageOptions, "folder">): MergePlan => {
  const all = { out: join(options.folder, "out"), compat: false, seed: "0", ...options }
  const stages = stagesOf("merge.yml", yaml, all)
  if (E.isLeft(stages)) throw new Error(stages.left.join("\n"))
  const plan = planStage(stages.right[0] as (typeof stages.right)[number], new Map(), all)
  if (E.isLeft(plan)) throw new Error(plan.left.join("\n"))
  return plan.right
}

/** What is wrong with a configuration, line by line. */
export const problems = (yaml: string, options: Partial<StageOptions> & Pick<StageOptions, "folder">): readonly string[] => {
  try {
    planned(yaml, options)
    return []
  } catch (error) {
    return (error as Error).message.split("\n")
  }
}

export const execute = async (plan: MergePlan, out: string, options: Partial<ExecuteOptions> = {}): Promise<string> => {
  const done = await executeMerge(plan, out, { clock: systemClock, seats: 1, signal: new AbortController().signal, progress: () => undefined, ...options })
  return E.isLeft(done) ? done.left : "done"
}

/** What is there of a merge to `out` that was stopped when some of it was written: it is recorded before it ends, however slow the disk. */
export const stoppedHalfWay = async (plan: MergePlan, out: string): Promise<string> => {
  const stop = new AbortController()
  const said = await execute(plan, out, { signal: stop.signal, saveEveryMs: 1, progress: ({ what, done, total }) => void (what === "written" && done > 0 && done < total && stop.abort()) })
  if (said !== "stopped; run again to go on") throw new Error(`expected to stop half way, got ${said}`)
  return unfinishedFolder(out)
}

/** The tensors of a merged model in one file. */
export const readMerged = (out: string): Tensors => {
  const file = decodeSafetensors(readFileSync(join(out, "model.safetensors")))
  if (E.isLeft(file)) throw new Error(file.left)
  return file.right.tensors
}
