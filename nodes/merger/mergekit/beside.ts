/** The files beside the weights of a merged model: `config.json` made to fit, the tokenizer's files copied. */
import type { ModelFiles } from "#src"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { MergePlan } from "../checkpoint/merge-plan.ts"

const copied = ["tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja", "generation_config.json", "preprocessor_config.json"]

export const tokenizerFiles = ({ folder }: ModelFiles): MergePlan["beside"] =>
  Object.fromEntries(copied.map((name) => [name, join(folder, name)] as const).filter(([, path]) => existsSync(path)).map(([name, path]) => [name, { copyOf: path }]))

interface Changes {
  readonly layers: number
  /** mergekit's name of it. */
  readonly dtype: string | undefined
  /** Rows of the embedding. */
  readonly rows: number | undefined
  /** No head is stored. */
  readonly isTied: boolean
  /** Matrices of layers are in 8 bits. */
  readonly isQuantised: boolean
}

/** What readers of compressed-tensors look for: weights in 8 bits with a scale a row, activations as they are. */
const quantisation = {
  quant_method: "compressed-tensors",
  format: "int-quantized",
  quantization_status: "compressed",
  config_groups: { group_0: { targets: ["Linear"], weights: { num_bits: 8, type: "int", symmetric: true, strategy: "channel", dynamic: false }, input_activations: null, output_activations: null } },
  ignore: ["lm_head"],
}

/** The template's configuration with what the merge changed; nothing where the template has none. */
export const outputConfig = ({ config, tensors }: ModelFiles, { layers, dtype, rows, isTied, isQuantised }: Changes): MergePlan["beside"] => {
  if (Object.keys(config).length === 0) return {}
  const changed: Record<string, unknown> = { ...config }
  for (const key of ["num_hidden_layers", "n_layer", "num_layers", "n_layers"]) if (key in config) changed[key] = layers
  if (dtype !== undefined) for (const key of ["torch_dtype", "dtype"]) if (key in config) changed[key] = dtype
  if (rows !== undefined && "vocab_size" in config) changed["vocab_size"] = rows
  if (!isTied && config["tie_word_embeddings"] === true) changed["tie_word_embeddings"] = false
  if (isQuantised) changed["quantization_config"] = quantisation
  // Its weights are floats now.
  else if ([...tensors.values()].some(({ scales }) => scales !== undefined)) delete changed["quantization_config"]
  return { "config.json": { text: `${JSON.stringify(changed, null, 2)}\n` } }
}
