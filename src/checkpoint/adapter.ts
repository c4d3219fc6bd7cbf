/**
 * A checkpoint with a low-rank adapter on it (LoRA, arXiv 2106.09685), in the layout of PEFT: `adapter_config.json` and
 * `adapter_model.safetensors`. The result is a checkpoint like any other, whose adapted tensors are `W + scale * up down`; nothing is
 * calculated before somebody reads them. SPEC F13.
 */
import * as E from "fp-ts/lib/Either.js"
import { join } from "node:path"
import { refuse, type Checked } from "./fault.ts"
import type { LowRank, ModelFiles, TensorPlace } from "./model-files.ts"
import { openCheckpoint } from "./open-checkpoint.ts"
import { readObject } from "./read-file.ts"

const weightsName = "adapter_model.safetensors"

/** `folder` is the adapter's. Left: what it has that is not understood, or does not fit the model. */
export const withAdapter = (model: ModelFiles, folder: string): Checked<ModelFiles> => {
  const configured = readObject(join(folder, "adapter_config.json"))
  if (E.isLeft(configured)) return configured
  const config = configured.right
  const file = join(folder, weightsName)
  const opened = openCheckpoint(file)
  if (E.isLeft(opened)) return opened
  if (config["use_dora"] === true) return refuse(join(folder, "adapter_config.json"), "a LoRA", "use_dora: true, which scales rows by their length")
  const at = model.files.length
  const places = new Map([...opened.right.tensors].map(([name, place]) => [name, { ...place, file: at + place.file }]))
  const tensors = new Map(model.tensors)
  for (const [name, place] of places) {
    const part = /^(?:base_model\.model\.)?(.*?)\.lora_(A|B)(?:\.default)?\.weight$/.exec(name)
    if (part === null) {
      // Modules that were trained whole are stored whole.
      const whole = name.replace(/^base_model\.model\./, "").replace(".modules_to_save.default", "")
      const stored = model.tensors.get(whole)
      if (stored === undefined) return refuse(file, "lora_A and lora_B weights, and tensors that the model has", name, name)
      if (stored.shape.join() !== place.shape.join()) return refuse(file, `[${stored.shape.join(", ")}], as in ${model.path}`, `[${place.shape.join(", ")}]`, name)
      tensors.set(whole, { ...place, name: whole })
      continue
    }
    const [, module = "", letter] = part
    if (letter === "B") continue
    const lowRank = pairOf(config, module, place, places.get(name.replace(".lora_A", ".lora_B")))
    const stored = model.tensors.get(`${module}.weight`)
    if (stored === undefined) return refuse(file, `a module of ${model.path}`, module, name)
    const [rows = 0, columns = 0] = lowRank === undefined ? [] : lowRank.transposed ? [lowRank.down.shape[1], lowRank.up.shape[0]] : [lowRank.up.shape[0], lowRank.down.shape[1]]
    if (lowRank === undefined || stored.shape.join() !== `${rows},${columns}`) {
      return refuse(file, `a pair of matrices whose product is [${stored.shape.join(", ")}], as ${module}.weight`, lowRank === undefined ? "no pair" : `[${rows}, ${columns}]`, name)
    }
    tensors.set(stored.name, { ...stored, lowRank })
  }
  return E.right({ ...model, path: `${model.path}+${folder}`, files: [...model.files, ...opened.right.files], tensors })
}

const pairOf = (config: { readonly [key: string]: unknown }, module: string, down: TensorPlace, up: TensorPlace | undefined): LowRank | undefined => {
  const rank = down.shape[0] ?? 0
  if (up === undefined || down.shape.length !== 2 || up.shape.length !== 2 || up.shape[1] !== rank || rank === 0) return undefined
  const alpha = patternOf(config["alpha_pattern"], module) ?? Number(config["lora_alpha"] ?? rank)
  return { down, up, scale: alpha / (config["use_rslora"] === true ? Math.sqrt(rank) : rank), transposed: config["fan_in_fan_out"] === true }
}

/** PEFT's patterns are the ends of modules' names. */
const patternOf = (patterns: unknown, module: string): number | undefined => {
  const found = Object.entries((patterns ?? {}) as object).find(([end]) => module === end || module.endsWith(`.${end}`))
  return found === undefined ? undefined : Number(found[1])
}

