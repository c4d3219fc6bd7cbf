/** The loss curve of a run: means over a few steps, the last over what is left. */
import type { Curve } from "#src"

/** Steps averaged in one point. */
export const stepsPerPoint = 5

/** The axis of losses, also of those that are drawn while training. */
export const lossLabel = "loss, nats per token"

/** @param losses nats per token, one a step */
export const lossCurve = (losses: readonly number[]): Curve => {
  const points = Array.from({ length: Math.ceil(losses.length / stepsPerPoint) }, (_, i) => {
    const group = losses.slice(i * stepsPerPoint, (i + 1) * stepsPerPoint)
    return [i * stepsPerPoint + group.length, group.reduce((sum, x) => sum + x, 0) / group.length] as const
  })
  return { title: "Training loss", x: "steps", y: lossLabel, series: [{ name: "", points }] }
}
