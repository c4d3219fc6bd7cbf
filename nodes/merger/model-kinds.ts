/**
 * Merges of language models (`port/model.ts`), and of weights of which no more is known (`port/tensors.ts`), as node kinds: methods of
 * `data-free-kinds.ts`.
 */
import { namedTensors } from "../port/tensors.ts"
import { arceeFusion } from "./data-free/changed-elements.ts"
import { slerp, taskArithmetic, wiseFt } from "./data-free/interpolation.ts"
import { linear } from "./data-free/linear.ts"
import { lines } from "./data-free/lines.ts"
import { sce } from "./data-free/sce.ts"
import { karcher, modelStock, multislerp } from "./data-free/spherical.ts"
import { breadcrumbs, dareTies, della, ties } from "./data-free/task-vectors.ts"
import { varianceCorrected } from "./data-free/variance-corrected.ts"
import { basedMergeKind, languageModels, maybeBasedMergeKind, mergeKind } from "./merge-kind.ts"

const here = import.meta.url

export const mergeModelsLinear = mergeKind(here, linear, languageModels)
export const mergeModelsSlerp = mergeKind(here, slerp, languageModels)
export const mergeModelsKarcher = mergeKind(here, karcher, languageModels)
export const mergeModelsVarianceCorrected = mergeKind(here, varianceCorrected, languageModels)
export const mergeModelsMultislerp = maybeBasedMergeKind(here, multislerp, languageModels)
export const mergeModelsWiseFt = basedMergeKind(here, wiseFt, languageModels)
export const mergeModelsTaskArithmetic = basedMergeKind(here, taskArithmetic, languageModels)
export const mergeModelsTies = basedMergeKind(here, ties, languageModels)
export const mergeModelsDareTies = basedMergeKind(here, dareTies, languageModels)
export const mergeModelsBreadcrumbs = basedMergeKind(here, breadcrumbs, languageModels)
export const mergeModelsDella = basedMergeKind(here, della, languageModels)
export const mergeModelsSce = basedMergeKind(here, sce, languageModels)
export const mergeModelsModelStock = basedMergeKind(here, modelStock, languageModels)
export const mergeModelsArceeFusion = basedMergeKind(here, arceeFusion, languageModels)
export const mergeModelsLines = basedMergeKind(here, lines, languageModels)

const ofTensors = { port: namedTensors, output: "tensors", ending: "-tensors" } as const
export const mergeTensorsLinear = mergeKind(here, linear, ofTensors)
export const mergeTensorsVarianceCorrected = mergeKind(here, varianceCorrected, ofTensors)
