/** ONNX's elementwise operators as our functions. */
import { relu, sigmoid, softplus } from "../../../../src/tensor/activation.ts"
import * as e from "../../../../src/tensor/elementwise.ts"
import { acosh, asinh, atanh, cosh, expm1, sinh } from "../../../../src/tensor/exponential.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { ceil, floor, mod, round, sign } from "../../../../src/tensor/rounding.ts"
import { acos, asin, atan, tan } from "../../../../src/tensor/trigonometry.ts"
import { broadcastTo } from "../../../../src/tensor/reshape.ts"
import { constant } from "../../../../src/tensor/source.ts"
import { dtypeOf } from "./model-file.ts"
import { need, type Site, type Translate, type Translations } from "./translation.ts"

const unary = (f: (x: Expr) => Expr): Translate => ({ x }) => f(x)
const binary = (f: (a: Expr, b: Expr) => Expr): Translate => ({ x, y }) => f(x, y)
const fold = (f: (a: Expr, b: Expr) => Expr): Translate => ({ all }) => all.reduce((a, b) => f(a, b))

const positive = (x: Expr): Expr => relu(x)
const negative = (x: Expr): Expr => e.min(x, 0)
/** exp(x) - 1 where x is negative, 0 elsewhere. */
const dip = (x: Expr): Expr => expm1(negative(x))

const clipped = (site: Site): Expr => {
  const [, low, high] = site.args
  if (site.version < 11) return e.clip(site.x, site.float("min", -3e38), site.float("max", 3e38))
  const above = low === undefined ? site.x : e.max(site.x, low)
  return high === undefined ? above : e.min(above, high)
}

/** f32 to integers rounds towards zero; ONNX leaves what does not fit open. */
const cast = (x: Expr, to: number): Expr => e.cast(x, dtypeOf(to))

export const elementwise: Translations = {
  Abs: unary(e.abs),
  Neg: unary(e.neg),
  Sign: unary(sign),
  Exp: unary(e.exp),
  Log: unary(e.log),
  Sqrt: unary(e.sqrt),
  Reciprocal: unary(e.reciprocal),
  Sin: unary(e.sin),
  Cos: unary(e.cos),
  Tanh: unary(e.tanh),
  Erf: unary(e.erf),
  Floor: unary(floor),
  Ceil: unary(ceil),
  Round: unary(round),
  Tan: unary(tan),
  Asin: unary(asin),
  Acos: unary(acos),
  Atan: unary(atan),
  Sinh: unary(sinh),
  Cosh: unary(cosh),
  Asinh: unary(asinh),
  Acosh: unary(acosh),
  Atanh: unary(atanh),
  Not: unary(e.not),
  Identity: unary((x) => x),
  Relu: unary(relu),
  Sigmoid: unary(sigmoid),
  Add: binary(e.add),
  Sub: binary(e.sub),
  Mul: binary(e.mul),
  Div: binary(e.div),
  Pow: binary(e.pow),
  Mod: (site) => {
    // C's fmod takes its sign from the dividend.
    if (site.int("fmod", 0) === 0) return mod(site.x, site.y)
    return e.mul(sign(site.x), mod(e.abs(site.x), e.abs(site.y)))
  },
  Sum: fold(e.add),
  Mean: ({ all }) => e.mul(all.reduce((a, b) => e.add(a, b)), 1 / all.length),
  Max: fold(e.max),
  Min: fold(e.min),
  Equal: binary(e.eq),
  Less: binary(e.lt),
  LessOrEqual: binary(e.le),
  Greater: binary(e.gt),
  GreaterOrEqual: binary(e.ge),
  And: binary(e.and),
  Or: binary(e.or),
  Xor: binary(e.xor),
  Where: ({ x, args }) => e.where(x, args[1]!, args[2]!),
  Clip: clipped,
  Cast: (site) => cast(site.x, site.int("to", 1)),
  CastLike: ({ x, y }) => e.cast(x, y.dtype),
  Softplus: unary(softplus),
  Softsign: unary((x) => e.div(x, e.add(e.abs(x), 1))),
  HardSwish: unary((x) => e.mul(x, e.clip(e.add(e.mul(x, 1 / 6), 0.5), 0, 1))),
  HardSigmoid: (site) => e.clip(e.add(e.mul(site.x, site.float("alpha", 0.2)), site.float("beta", 0.5)), 0, 1),
  LeakyRelu: (site) => e.add(positive(site.x), e.mul(negative(site.x), site.float("alpha", 0.01))),
  PRelu: ({ x, y }) => e.add(positive(x), e.mul(negative(x), y)),
  Elu: (site) => e.add(positive(site.x), e.mul(dip(site.x), site.float("alpha", 1))),
  Celu: (site) => {
    const alpha = site.float("alpha", 1)
    return e.add(positive(site.x), e.mul(dip(e.mul(site.x, 1 / alpha)), alpha))
  },
  Selu: (site) => e.mul(e.add(positive(site.x), e.mul(dip(site.x), site.float("alpha", 1.67326319217681884765625))), site.float("gamma", 1.05070102214813232421875)),
  ThresholdedRelu: (site) => e.where(e.gt(site.x, site.float("alpha", 1)), site.x, 0),
  Shrink: (site) => {
    const [bias, lambda] = [site.float("bias", 0), site.float("lambd", 0.5)]
    return e.where(e.lt(site.x, -lambda), e.add(site.x, bias), e.where(e.gt(site.x, lambda), e.sub(site.x, bias), 0))
  },
  IsNaN: unary((x) => e.ne(x, x)),
  IsInf: (site) => {
    const above = site.int("detect_positive", 1) === 1 ? e.lt(3.4e38, site.x) : e.lt(site.x, site.x)
    return site.int("detect_negative", 1) === 1 ? e.or(above, e.lt(site.x, -3.4e38)) : above
  },
  Dropout: (site) => {
    need(site.known(2)?.[0] !== 1 || site.known(1)?.[0] === 0, "dropout with ONNX's own random numbers")
    return [site.x, e.eq(broadcastTo(constant(0), site.x.shape), 0)].slice(0, site.node.output.length)
  },
}
