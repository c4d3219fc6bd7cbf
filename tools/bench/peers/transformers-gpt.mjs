/**
 * The benchmark's GPT in transformers.js, as a peer process: `node transformers-gpt.mjs FOLDER`. It runs FOLDER/model, the file this
 * project exports, on the same onnxruntime with the same threads; what is compared is everything around it. The protocol is in
 * `serve.mjs`.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { AutoModel, env, Tensor } from "@huggingface/transformers"
import { readTensors, serve } from "./serve.mjs"

const folder = process.argv[2]
const spec = JSON.parse(readFileSync(join(folder, "spec.json"), "utf8"))
env.allowRemoteModels = false
env.localModelPath = folder
const model = await AutoModel.from_pretrained("model", {
  dtype: "fp32",
  device: "cpu",
  local_files_only: true,
  session_options: { intraOpNumThreads: spec.threads, interOpNumThreads: 1, graphOptimizationLevel: "all" },
})

/** i32 as int64, which the model takes. */
const int64Of = ({ shape, buffer }) => ({ shape, data: BigInt64Array.from(new Int32Array(buffer), BigInt) })

const batches = readTensors(join(folder, "batches.safetensors"))
const [input, target] = [int64Of(batches.input), int64Of(batches.target)]
const { rows, context, heads, width, blocks } = spec
const size = rows * context
const count = input.shape[0]
const batch = ({ data }, at) => data.subarray((at % count) * size, ((at % count) + 1) * size)
const int64 = (data, shape) => new Tensor("int64", data, shape)

const score = async (at) => {
  const { loss } = await model({ tokens: int64(batch(input, at), [rows, context]), targets: int64(batch(target, at), [rows, context]) })
  return loss.data[0]
}

const names = Array.from({ length: blocks }, (_, i) => [`cache/${i}/keys`, `cache/${i}/values`]).flat()
const empty = () => new Tensor("float32", new Float32Array(size * width), [rows, heads, context, width / heads])
let cache = Object.fromEntries(names.map((name) => [`in/${name}`, empty()]))
const decode = async (number) => {
  const [at, tokens, targets] = [number % context, batch(input, Math.floor(number / context)), batch(target, Math.floor(number / context))]
  const one = (value) => int64(BigInt64Array.of(value), [1])
  const out = await model({ ...cache, "in/token": one(tokens[at]), "in/target": one(targets[at]), "in/at": one(BigInt(at)) })
  cache = Object.fromEntries(names.map((name) => [`in/${name}`, out[`out/${name}`]]))
  return out["out/loss"].data[0]
}

const params = Object.entries(readTensors(join(folder, "weights.safetensors")))
  .filter(([name]) => name !== "substrate")
  .reduce((sum, [, { shape }]) => sum + shape.reduce((n, extent) => n * extent, 1), 0)
const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json")
await serve(
  { version: `transformers.js ${env.version}`, params, detail: `${spec.threads} threads, onnxruntime-node ${version}` },
  spec.task === "score" ? score : decode,
)
