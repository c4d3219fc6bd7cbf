/** What is said of a language model that was put together from others. */
import { must } from "#src"
import type { Model } from "../port/model.ts"

/** The first model's description, with the stages of all that went into it, each model once, and no more context than all of them have. */
export const mergedMeta = (models: readonly Model[]): Model["meta"] => {
  const distinct = [...new Set(models)]
  return { ...must(models[0], "model").meta, context: Math.min(...distinct.map(({ meta }) => meta.context)), stages: distinct.flatMap(({ meta }) => meta.stages) }
}
