/** The data-free merge methods as node kinds (`method/`, `data-free/`). */
import { basedMergeKind, maybeBasedMergeKind, mergeKind } from "./merge-kind.ts"
import { arceeFusion, ram, ramPlus } from "./data-free/changed-elements.ts"
import { nearswap, passthrough, slerp, taskArithmetic, wiseFt } from "./data-free/interpolation.ts"
import { linear } from "./data-free/linear.ts"
import { lines } from "./data-free/lines.ts"
import { nuslerp, nuslerpColumns, nuslerpRows } from "./data-free/nuslerp.ts"
import { sce } from "./data-free/sce.ts"
import { karcher, modelStock, modelStockRows, multislerp } from "./data-free/spherical.ts"
import { breadcrumbs, breadcrumbsTies, dareLinear, dareTies, della, dellaLinear, ties } from "./data-free/task-vectors.ts"
import { varianceCorrected } from "./data-free/variance-corrected.ts"

const here = import.meta.url

export const mergeLinear = mergeKind(here, linear)
export const mergeSlerp = mergeKind(here, slerp)
export const mergeKarcher = mergeKind(here, karcher)
export const mergePassthrough = mergeKind(here, passthrough)
export const mergeVarianceCorrected = mergeKind(here, varianceCorrected)
export const mergeWiseFt = basedMergeKind(here, wiseFt)
export const mergeTaskArithmetic = basedMergeKind(here, taskArithmetic)
export const mergeTies = basedMergeKind(here, ties)
export const mergeDareLinear = basedMergeKind(here, dareLinear)
export const mergeDareTies = basedMergeKind(here, dareTies)
export const mergeBreadcrumbs = basedMergeKind(here, breadcrumbs)
export const mergeBreadcrumbsTies = basedMergeKind(here, breadcrumbsTies)
export const mergeDella = basedMergeKind(here, della)
export const mergeDellaLinear = basedMergeKind(here, dellaLinear)
export const mergeSce = basedMergeKind(here, sce)
export const mergeModelStock = basedMergeKind(here, modelStock)
export const mergeModelStockRows = basedMergeKind(here, modelStockRows)
export const mergeNearswap = basedMergeKind(here, nearswap)
export const mergeArceeFusion = basedMergeKind(here, arceeFusion)
export const mergeRam = basedMergeKind(here, ram)
export const mergeRamPlus = basedMergeKind(here, ramPlus)
export const mergeLines = basedMergeKind(here, lines)
export const mergeNuslerp = maybeBasedMergeKind(here, nuslerp)
export const mergeNuslerpRows = maybeBasedMergeKind(here, nuslerpRows)
export const mergeNuslerpColumns = maybeBasedMergeKind(here, nuslerpColumns)
export const mergeMultislerp = maybeBasedMergeKind(here, multislerp)
