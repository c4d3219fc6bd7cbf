/** Temperature scaling (Guo et al., arXiv 1706.04599): one number that all logits are divided by, so that the loss is least. */

/** Mean negative log-likelihood of `labels` with logits divided by `temperature`; log-probabilities do for logits, which they are but for a constant. */
const lossAt = (logits: Float32Array, labels: Int32Array, temperature: number): number => {
  const classes = logits.length / labels.length
  let total = 0
  for (let i = 0; i < labels.length; i++) {
    let most = -Infinity
    for (let c = 0; c < classes; c++) most = Math.max(most, logits[i * classes + c]! / temperature)
    let sum = 0
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[i * classes + c]! / temperature - most)
    total += most + Math.log(sum) - logits[i * classes + labels[i]!]! / temperature
  }
  return total / labels.length
}

/** From 0.05 to 20, by golden section: the loss has one minimum in 1 / temperature, and so in its logarithm. */
export const fittedTemperature = (logits: Float32Array, labels: Int32Array): number => {
  const golden = (Math.sqrt(5) - 1) / 2
  let [low, high] = [Math.log(0.05), Math.log(20)]
  const at = (x: number): number => lossAt(logits, labels, Math.exp(x))
  for (let step = 0; step < 40; step++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)]
    if (at(left) < at(right)) high = right
    else low = left
  }
  return Math.exp((low + high) / 2)
}
