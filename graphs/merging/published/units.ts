/** Which axes of published networks run over the same units, as `merger/align-tensors` is told: all that alignment knows of them. */

/**
 * `esrgan-slim` (kernels [kh, kw, in, out]): a residual dense network. Maps whose outputs are added to one stream have its units: `shallow`, and
 * `dense` inside the block. Maps that two factors do not share (the last two) are left out.
 */
export const esrgan = {
  "F_m1/kernel": ". . . shallow",
  "F_m1/bias": "shallow",
  "F_0/kernel": ". . shallow dense",
  "F_0/bias": "dense",
  "F_1_1/kernel": ". . dense growth1",
  "F_1_1/bias": "growth1",
  "LFF_1/kernel": ". . dense+growth1 dense",
  "LFF_1/bias": "dense",
  "F_2_1/kernel": ". . dense growth2",
  "F_2_1/bias": "growth2",
  "LFF_2/kernel": ". . dense+growth2 dense",
  "LFF_2/bias": "dense",
  "GFF_1/kernel": ". . dense+dense fusion",
  "GFF_1/bias": "fusion",
  "GFF_2/kernel": ". . fusion shallow",
  "GFF_2/bias": "shallow",
  "UPN1/kernel": ". . shallow up1",
  "UPN1/bias": "up1",
  "UPN2/kernel": ". . up1 up2",
  "UPN2/bias": "up2",
}

/** `silero-vad` (weights [out, in, k]) at one sampling rate: four convolutions, an LSTM, whose gates lie one behind the other, and an answer. */
const silero = {
  "encoder.0.reparam_conv.weight": "e0 . .",
  "encoder.0.reparam_conv.bias": "e0",
  "encoder.1.reparam_conv.weight": "e1 e0 .",
  "encoder.1.reparam_conv.bias": "e1",
  "encoder.2.reparam_conv.weight": "e2 e1 .",
  "encoder.2.reparam_conv.bias": "e2",
  "encoder.3.reparam_conv.weight": "e3 e2 .",
  "encoder.3.reparam_conv.bias": "e3",
  "decoder.rnn.weight_ih": "4*cell e3",
  "decoder.rnn.weight_hh": "4*cell cell",
  "decoder.rnn.bias_ih": "4*cell",
  "decoder.rnn.bias_hh": "4*cell",
  "decoder.decoder.2.weight": ". cell .",
}

/** The network holds one for 16 kHz and one for 8 kHz. */
export const sileroRates = Object.fromEntries(
  ["then", "else"].flatMap((branch) =>
    Object.entries(silero).map(([name, axes]) => [`If_0_${branch}_branch__Inline_0__${name}`, axes.replaceAll(/[a-z]\w*/g, (units) => `${branch}/${units}`)]),
  ),
)
