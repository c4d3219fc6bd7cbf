/**
 * The benchmark's GPT training step in tfjs-wasm, as a peer process: `node tfjs-gpt.mjs FOLDER`.
 *
 * Written to be fast on this backend: its matmul is only fast (XNNPACK) for two-dimensional operands without
 * transposition, so linear layers bring their own gradient that transposes first; column sums are products with a
 * row of ones; layer norm, GELU, rotation and loss bring their own gradients as well, which saves tape. SIMD and
 * threads are on. The protocol is in `serve.mjs`.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { readTensors, serve } from "./serve.mjs"
import { allowThreads } from "./tfjs-threads.mjs"

const folder = process.argv[2]
const spec = JSON.parse(readFileSync(join(folder, "spec.json"), "utf8"))
allowThreads(spec.threads)
const require = createRequire(import.meta.url)
const tf = require("@tensorflow/tfjs")
const wasm = require("@tensorflow/tfjs-backend-wasm")

const load = (path) => {
  const arrays = { F32: Float32Array, I32: Int32Array }
  return Object.fromEntries(
    Object.entries(readTensors(path)).map(([name, { dtype, shape, buffer }]) => [name, tf.tensor(new arrays[dtype](buffer), shape, dtype === "F32" ? "float32" : "int32")]),
  )
}

const { rows, context, width, heads } = spec
const tokens = rows * context
const perHead = width / heads
const half = perHead / 2

const columnSums = (x) => tf.matMul(tf.ones([1, x.shape[0]]), x).reshape([x.shape[1]])

/** x [n, k], weight [k, m] -> [n, m]. */
const product = tf.customGrad((x, weight, save) => {
  save([x, weight])
  return {
    value: tf.matMul(x, weight),
    gradFunc: (dy, [x, weight]) => [tf.matMul(dy, tf.transpose(weight)), tf.matMul(tf.transpose(x), dy)],
  }
})

const affine = tf.customGrad((x, weight, bias, save) => {
  save([x, weight])
  return {
    value: tf.fused.matMul({ a: x, b: weight, bias }),
    gradFunc: (dy, [x, weight]) => [tf.matMul(dy, tf.transpose(weight)), tf.matMul(tf.transpose(x), dy), columnSums(dy)],
  }
})

const normalise = tf.customGrad((x, scale, bias, save) => {
  const centred = x.sub(x.mean(1, true))
  const inverse = centred.square().mean(1, true).add(spec.normEpsilon).rsqrt()
  const unit = centred.mul(inverse)
  save([unit, inverse, scale])
  return {
    value: unit.mul(scale).add(bias),
    gradFunc: (dy, [unit, inverse, scale]) => {
      const g = dy.mul(scale)
      const dx = g.sub(g.mean(1, true)).sub(unit.mul(g.mul(unit).mean(1, true))).mul(inverse)
      return [dx, columnSums(dy.mul(unit)), columnSums(dy)]
    },
  }
})

const gelu = tf.customGrad((x, save) => {
  const share = x.mul(Math.SQRT1_2).erf().add(1).mul(0.5)
  save([x, share])
  return {
    value: x.mul(share),
    gradFunc: (dy, [x, share]) => dy.mul(share.add(x.mul(x.square().mul(-0.5).exp()).mul(1 / Math.sqrt(2 * Math.PI)))),
  }
})

/** Rows [batch, heads, context, perHead] turned by the angles, or back when `sign` is -1. */
const turn = (x, cos, sin, sign) => {
  const a = x.slice([0, 0, 0, 0], [-1, -1, -1, half])
  const b = x.slice([0, 0, 0, half], [-1, -1, -1, half])
  const s = sign > 0 ? sin : sin.neg()
  return tf.concat([a.mul(cos).sub(b.mul(s)), b.mul(cos).add(a.mul(s))], 3)
}
const angle = Float32Array.from({ length: context * half }, (_, i) => Math.floor(i / half) * spec.ropeBase ** (-(i % half) / half))

/** Causal attention over [rows, heads, context, perHead]; every product is without a transposed operand. */
const attend = tf.customGrad((q, k, v, save) => {
  const p = tf.softmax(tf.matMul(q, tf.transpose(k, [0, 1, 3, 2])).mul(1 / Math.sqrt(perHead)).add(mask))
  save([q, k, v, p])
  return {
    value: tf.matMul(p, v),
    gradFunc: (dy, [q, k, v, p]) => {
      const dp = tf.matMul(dy, tf.transpose(v, [0, 1, 3, 2]))
      const ds = dp.sub(dp.mul(p).sum(3, true)).mul(p).mul(1 / Math.sqrt(perHead))
      const flip = (x) => tf.transpose(x, [0, 1, 3, 2])
      return [tf.matMul(ds, k), tf.matMul(flip(ds), q), tf.matMul(flip(p), dy)]
    },
  }
})

const crossEntropy = tf.customGrad((logits, oneHot, save) => {
  const p = tf.softmax(logits)
  save([p, oneHot])
  return {
    value: p.mul(oneHot).sum(1).log().mean().neg(),
    gradFunc: (dy, [p, oneHot]) => [p.sub(oneHot).mul(dy.div(tokens)), tf.zerosLike(oneHot)],
  }
})

tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true)
wasm.setThreadsCount(spec.threads)
await tf.setBackend("wasm")
await tf.ready()

const mask = tf.tensor(Float32Array.from({ length: context * context }, (_, i) => (i % context > Math.floor(i / context) ? -1e9 : 0)), [context, context])
const cos = tf.tensor(angle.map(Math.cos), [context, half])
const sin = tf.tensor(angle.map(Math.sin), [context, half])
const rotate = tf.customGrad((x) => ({ value: turn(x, cos, sin, 1), gradFunc: (dy) => turn(dy, cos, sin, -1) }))

const { substrate, ...initial } = load(join(folder, "weights.safetensors"))
// Rows of unit norm to unit RMS; frozen, so once will do.
const table = substrate.mul(Math.sqrt(width))
const params = Object.fromEntries(Object.entries(initial).map(([name, tensor]) => [name, tf.variable(tensor, true, name)]))
const moments = Object.fromEntries(
  Object.entries(params).map(([name, { shape }]) => [name, [tf.variable(tf.zeros(shape), false), tf.variable(tf.zeros(shape), false)]]),
)
const batches = load(join(folder, "batches.safetensors"))

const split = (x) => x.reshape([rows, context, heads, perHead]).transpose([0, 2, 1, 3])
const loss = (input, oneHot) => {
  let x = tf.gather(table, input)
  for (let i = 0; i < spec.blocks; i++) {
    const w = (name) => params[`block/${i}/${name}`]
    const a = normalise(x, w("norm1/scale"), w("norm1/bias"))
    const [q, k, v] = ["query", "key", "value"].map((part) => split(product(a, w(`attention/${part}`))))
    const y = attend(rotate(q), rotate(k), v).transpose([0, 2, 1, 3]).reshape([tokens, width])
    x = x.add(product(y, w("attention/out")))
    const h = gelu(affine(normalise(x, w("norm2/scale"), w("norm2/bias")), w("mlp/up"), w("mlp/up_bias")))
    x = x.add(affine(h, w("mlp/down"), w("mlp/down_bias")))
  }
  return crossEntropy(affine(normalise(x, params["norm/scale"], params["norm/bias"]), params["head/weight"], params["head/bias"]), oneHot)
}

const update = (grads, at) => {
  const norm = tf.addN(Object.values(grads).map((g) => g.square().sum())).sqrt().dataSync()[0]
  const clip = Math.min(1, spec.clip / (norm + 1e-6))
  const correct1 = 1 - spec.beta1 ** at
  const correct2 = Math.sqrt(1 - spec.beta2 ** at)
  for (const [name, grad] of Object.entries(grads)) {
    const param = params[name]
    const [m, v] = moments[name]
    const decay = param.rank > 1 ? spec.decay : 0
    m.assign(m.mul(spec.beta1).add(grad.mul(clip * (1 - spec.beta1))))
    v.assign(v.mul(spec.beta2).add(grad.square().mul(clip * clip * (1 - spec.beta2))))
    const direction = m.div(v.sqrt().add(spec.epsilon * correct2)).mul((spec.rate * correct2) / correct1)
    param.assign(param.mul(1 - spec.rate * decay).sub(direction))
  }
}

const count = batches.input.shape[0]
const step = (at) =>
  tf.tidy(() => {
    const row = (x) => x.slice([at % count, 0, 0], [1, -1, -1]).reshape([tokens])
    const oneHot = tf.oneHot(row(batches.target), spec.vocabulary).cast("float32")
    const { value, grads } = tf.variableGrads(() => loss(row(batches.input), oneHot))
    update(grads, at + 1)
    return value.dataSync()[0]
  })

await serve(
  { version: `tfjs-wasm ${tf.version_core}`, params: Object.values(params).reduce((n, p) => n + p.size, 0), detail: `SIMD, ${wasm.getThreadsCount()} threads` },
  step,
)
