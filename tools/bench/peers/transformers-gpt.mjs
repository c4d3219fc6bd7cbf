/**
 * The benchmark's GPT in transformers.js, as a peer process: `node transformers-gpt.mjs FOLDER`. It runs FOLDER/model, the file this
 * project exports, on the same onnxruntime with the same threads; what is compared is everything around it. The protocol is that of
 * `tools/bench/peer.ts`.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { AutoModel, env, Tensor } from "@huggingface/transformers"

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

/** Header and bytes of a safetensors file. */
const open = (file) => {
  const raw = readFileSync(join(folder, file))
  const length = Number(raw.readBigUInt64LE(0))
  const { __metadata__, ...header } = JSON.parse(raw.toString("utf8", 8, 8 + length))
  return { header, raw, start: 8 + length }
}

/** i32 tensors as int64, which the model takes. */
const load = (file) => {
  const { header, raw, start } = open(file)
  return Object.fromEntries(
    Object.entries(header).map(([name, { shape, data_offsets: [from, to] }]) => {
      const bytes = Uint8Array.prototype.slice.call(raw, start + from, start + to)
      return [name, { shape, data: BigInt64Array.from(new Int32Array(bytes.buffer), BigInt) }]
    }),
  )
}

const { input, target } = load("batches.safetensors")
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

const params = Object.entries(open("weights.safetensors").header)
  .filter(([name]) => name !== "substrate")
  .reduce((sum, [, { shape }]) => sum + shape.reduce((n, extent) => n * extent, 1), 0)
const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json")
const step = spec.task === "score" ? score : decode
const reply = (message) => process.stdout.write(JSON.stringify(message) + "\n")
reply({ ready: true, version: `transformers.js ${env.version}`, params, detail: `${spec.threads} threads, onnxruntime-node ${version}` })
let done = 0
for await (const line of createInterface({ input: process.stdin })) {
  const losses = []
  const ms = []
  const before = process.cpuUsage()
  for (let i = 0; i < JSON.parse(line).steps; i++) {
    const start = performance.now()
    losses.push(await step(done++))
    ms.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  reply({ losses, ms, cpuMs: (user + system) / 1000, peakKb: process.resourceUsage().maxRSS })
}
process.exit(0)
