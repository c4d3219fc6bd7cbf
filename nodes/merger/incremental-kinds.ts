/** Merges whose parts are kept, as node kinds (`incremental/kept-merge.ts`): of networks, and of language models. */
import type { Kind } from "#src"
import { ram, ramPlus } from "./data-free/changed-elements.ts"
import { fisher } from "./data-free/fisher.ts"
import { slerp, taskArithmetic } from "./data-free/interpolation.ts"
import { linear } from "./data-free/linear.ts"
import { lines } from "./data-free/lines.ts"
import { nuslerp } from "./data-free/nuslerp.ts"
import { karcher, modelStock, multislerp } from "./data-free/spherical.ts"
import { breadcrumbs, breadcrumbsTies, dareLinear, dareTies, della, dellaLinear, ties } from "./data-free/task-vectors.ts"
import { varianceCorrected } from "./data-free/variance-corrected.ts"
import * as networkKinds from "./data-free-kinds.ts"
import { mergeFisher } from "./fisher.ts"
import { asksOf, keptKinds } from "./incremental/kept-kinds.ts"
import { keptMerge } from "./incremental/kept-merge.ts"
import { languageModels, networks } from "./merge-kind.ts"
import type { Method } from "./method/method.ts"
import * as modelKinds from "./model-kinds.ts"
import { mergeModelsFisher } from "./text-fisher.ts"

const here = import.meta.url

const kinds = {
  networks: { numbers: keptKinds(here, networks, "numbers"), words: keptKinds(here, networks, "words"), companions: keptKinds(here, networks, "companions") },
  models: { numbers: keptKinds(here, languageModels, "numbers"), words: keptKinds(here, languageModels, "words"), companions: keptKinds(here, languageModels, "companions") },
}
export const { look, blend, tree, sum, finish } = kinds.networks.numbers
export const { look: lookDrawn, blend: blendDrawn, tree: treeDrawn, sum: sumDrawn, finish: finishDrawn } = kinds.networks.words
export const { look: lookWeighed, blend: blendWeighed, tree: treeWeighed, sum: sumWeighed, finish: finishWeighed } = kinds.networks.companions
export const { look: lookModels, blend: blendModels, tree: treeModels, sum: sumModels, finish: finishModels } = kinds.models.numbers
export const { look: lookModelsDrawn, blend: blendModelsDrawn, tree: treeModelsDrawn, sum: sumModelsDrawn, finish: finishModelsDrawn } = kinds.models.words
export const { look: lookModelsWeighed, blend: blendModelsWeighed, tree: treeModelsWeighed, sum: sumModelsWeighed, finish: finishModelsWeighed } = kinds.models.companions

/** @param plain the method's own kind. */
const kept = <K>(method: unknown, plain: K): K => keptMerge(here, method as Method, plain as Kind, networks, kinds.networks[asksOf(method as Method)]) as K
const keptModels = <K>(method: unknown, plain: K): K => keptMerge(here, method as Method, plain as Kind, languageModels, kinds.models[asksOf(method as Method)]) as K

export const mergeLinearKept = kept(linear, networkKinds.mergeLinear)
export const mergeTaskArithmeticKept = kept(taskArithmetic, networkKinds.mergeTaskArithmetic)
export const mergeLinesKept = kept(lines, networkKinds.mergeLines)
export const mergeSlerpKept = kept(slerp, networkKinds.mergeSlerp)
export const mergeNuslerpKept = kept(nuslerp, networkKinds.mergeNuslerp)
export const mergeMultislerpKept = kept(multislerp, networkKinds.mergeMultislerp)
export const mergeKarcherKept = kept(karcher, networkKinds.mergeKarcher)
export const mergeModelStockKept = kept(modelStock, networkKinds.mergeModelStock)
export const mergeVarianceCorrectedKept = kept(varianceCorrected, networkKinds.mergeVarianceCorrected)
export const mergeTiesKept = kept(ties, networkKinds.mergeTies)
export const mergeDareLinearKept = kept(dareLinear, networkKinds.mergeDareLinear)
export const mergeDareTiesKept = kept(dareTies, networkKinds.mergeDareTies)
export const mergeBreadcrumbsKept = kept(breadcrumbs, networkKinds.mergeBreadcrumbs)
export const mergeBreadcrumbsTiesKept = kept(breadcrumbsTies, networkKinds.mergeBreadcrumbsTies)
export const mergeDellaKept = kept(della, networkKinds.mergeDella)
export const mergeDellaLinearKept = kept(dellaLinear, networkKinds.mergeDellaLinear)
export const mergeRamKept = kept(ram, networkKinds.mergeRam)
export const mergeRamPlusKept = kept(ramPlus, networkKinds.mergeRamPlus)
export const mergeFisherKept = kept(fisher, mergeFisher)

export const mergeModelsLinearKept = keptModels(linear, modelKinds.mergeModelsLinear)
export const mergeModelsSlerpKept = keptModels(slerp, modelKinds.mergeModelsSlerp)
export const mergeModelsKarcherKept = keptModels(karcher, modelKinds.mergeModelsKarcher)
export const mergeModelsVarianceCorrectedKept = keptModels(varianceCorrected, modelKinds.mergeModelsVarianceCorrected)
export const mergeModelsMultislerpKept = keptModels(multislerp, modelKinds.mergeModelsMultislerp)
export const mergeModelsTaskArithmeticKept = keptModels(taskArithmetic, modelKinds.mergeModelsTaskArithmetic)
export const mergeModelsTiesKept = keptModels(ties, modelKinds.mergeModelsTies)
export const mergeModelsDareTiesKept = keptModels(dareTies, modelKinds.mergeModelsDareTies)
export const mergeModelsBreadcrumbsKept = keptModels(breadcrumbs, modelKinds.mergeModelsBreadcrumbs)
export const mergeModelsDellaKept = keptModels(della, modelKinds.mergeModelsDella)
export const mergeModelsModelStockKept = keptModels(modelStock, modelKinds.mergeModelsModelStock)
export const mergeModelsLinesKept = keptModels(lines, modelKinds.mergeModelsLines)
export const mergeModelsFisherKept = keptModels(fisher, mergeModelsFisher)
