/** Merges of many networks that keep sums of groups, as node kinds (`incremental/kept-sums.ts`). */
import type { Kind } from "#src"
import { linear } from "./data-free/linear.ts"
import { taskArithmetic } from "./data-free/interpolation.ts"
import { ties } from "./data-free/task-vectors.ts"
import { mergeLinear, mergeTaskArithmetic, mergeTies } from "./data-free-kinds.ts"
import { identityKind, keptSums } from "./incremental/kept-sums.ts"
import { networks } from "./merge-kind.ts"
import type { Method } from "./method/method.ts"

const here = import.meta.url
export const modelIdentity = identityKind(here, networks)

const kept = <K extends Kind>(method: unknown, plain: K): { readonly merge: K; readonly tree: Kind; readonly sum: Kind; readonly finish: Kind } =>
  keptSums(here, method as Method, plain as unknown as Kind, networks, modelIdentity) as never

export const { merge: mergeLinearKept, tree: linearTree, sum: linearSum, finish: linearFinish } = kept(linear, mergeLinear)
export const { merge: mergeTaskArithmeticKept, tree: taskArithmeticTree, sum: taskArithmeticSum, finish: taskArithmeticFinish } = kept(taskArithmetic, mergeTaskArithmetic)
export const { merge: mergeTiesKept, tree: tiesTree, sum: tiesSum, finish: tiesFinish } = kept(ties, mergeTies)
