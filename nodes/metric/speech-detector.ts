/**
 * The speech detector that Silero publishes (`silero-vad` 5 and 6), at 8 kHz: magnitudes of a short-time Fourier transform, four convolutions, an
 * LSTM over the pieces, one number. Weights are named as in its ONNX file, [out, in, k], gates i, f, g, o. Its own graph is what says so.
 */
import { add, concat, constant, conv1d, flip, lstmCell, matmul, mul, must, ndarray, recurrent, relu, reshape, sigmoid, slice, sqrt, transpose, type Expr, type Exprs, type Tensors } from "#src"

const prefix = "If_0_else_branch__Inline_0__"
const encoder = [1, 2, 2, 1] as const
/** Samples of the piece before that a piece is looked at with, and how many of its end are mirrored behind it. */
const [context, mirrored] = [32, 32]
const width = 128

/** Names of all weights, without what they begin with. */
const names = [
  "stft.forward_basis_buffer",
  ...encoder.flatMap((_, l) => [`encoder.${l}.reparam_conv.weight`, `encoder.${l}.reparam_conv.bias`]),
  ...["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) => `decoder.rnn.${name}`),
  "decoder.decoder.2.weight",
  "decoder.decoder.2.bias",
]

/** The weights of the detector among others; the name of one that is lacking. */
export const detectorWeights = (tensors: Tensors): Tensors | string => {
  const lacks = names.find((name) => tensors[prefix + name] === undefined)
  return lacks === undefined ? Object.fromEntries(names.map((name) => [name, must(tensors[prefix + name], name)])) : prefix + lacks
}

/** What the detector hears of each piece, f32 [n, pieces, samples] -> f32 [n, pieces, 32 + samples + 32]: the end of the piece before, and the end of its own in the mirror. */
export const heard = (sound: Expr): Expr => {
  const [n, pieces, samples] = sound.shape as readonly [number, number, number]
  const ends = slice(sound, { axis: 2, start: samples - context })
  const before = concat([constant(ndarray("f32", [n, 1, context], new Float32Array(n * context))), slice(ends, { axis: 1, end: pieces - 1 })], 1)
  // The last sample itself is not repeated.
  return concat([before, sound, flip(slice(sound, { axis: 2, start: samples - 1 - mirrored, end: samples - 1 }), 2)], 2)
}

/** Of sound f32 [n, pieces, 256], how likely each piece is speech, f32 [pieces, n]. */
export const speechDetector = (weights: Exprs, sound: Expr): Expr => {
  const of = (name: string): Expr => must(weights[name], name)
  const [n, pieces] = sound.shape as readonly [number, number]
  const pressure = heard(sound)
  const spectrum = conv1d(reshape(pressure, [n * pieces, 1, -1]), of("stft.forward_basis_buffer"), { stride: 64 })
  const bins = (spectrum.shape[1] as number) / 2
  const [real, imaginary] = [slice(spectrum, { axis: 1, end: bins }), slice(spectrum, { axis: 1, start: bins })]
  const magnitudes = sqrt(add(mul(real, real), mul(imaginary, imaginary)))
  const coded = encoder.reduce((x, stride, l) => {
    const map = conv1d(x, of(`encoder.${l}.reparam_conv.weight`), { stride, padding: 1 })
    return relu(add(map, reshape(of(`encoder.${l}.reparam_conv.bias`), [1, -1, 1])))
  }, magnitudes)
  const moments = transpose(reshape(coded, [n, pieces, width]), [1, 0, 2])
  const zero = constant(ndarray("f32", [n, width], new Float32Array(n * width)))
  const { outputs } = recurrent(lstmCell, moments, { h: zero, c: zero }, {
    input: transpose(of("decoder.rnn.weight_ih")),
    state: transpose(of("decoder.rnn.weight_hh")),
    bias: add(of("decoder.rnn.bias_ih"), of("decoder.rnn.bias_hh")),
  })
  return reshape(sigmoid(add(matmul(relu(outputs), reshape(of("decoder.decoder.2.weight"), [width, 1])), of("decoder.decoder.2.bias"))), [pieces, n])
}
