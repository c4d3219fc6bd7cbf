/** In which order the documents of a file are merged: each after those whose results it reads, wherever they stand, as mergekit-multi does. SPEC F8. */
import type { MergekitConfig } from "./config.ts"
import { modelsOf } from "./model-uses.ts"

/** `ring`: names of stages each of which needs the next, and the last the first. */
export const inOrder = <A extends { readonly config: MergekitConfig }>(stages: readonly A[]): { readonly order: readonly A[] } | { readonly ring: readonly string[] } => {
  const byName = new Map(stages.flatMap((stage) => (stage.config.name === undefined ? [] : [[stage.config.name, stage] as const])))
  const order: A[] = []
  const ring: string[] = []
  /** False when it is needed for itself. */
  const visit = (stage: A, path: readonly A[]): boolean => {
    if (order.includes(stage)) return true
    if (path.includes(stage)) {
      ring.push(...path.slice(path.indexOf(stage)).map(({ config }) => config.name ?? ""))
      return false
    }
    // A model of the stage's own name is one on the disk.
    const needs = modelsOf(stage.config).flatMap((model) => model.split("+")).flatMap((name) => byName.get(name) ?? []).filter((one) => one !== stage)
    if (!needs.every((one) => visit(one, [...path, stage]))) return false
    order.push(stage)
    return true
  }
  return stages.every((stage) => visit(stage, [])) ? { order } : { ring }
}

/** The one without a name, else the last of the file. */
export const resultOf = <A extends { readonly config: MergekitConfig }>(stages: readonly A[]): A | undefined => stages.find(({ config }) => config.name === undefined) ?? stages.at(-1)
