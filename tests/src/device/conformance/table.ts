/** The conformance cases of every op, and the programs they are run in. */
import type { OpName } from "../../../../src/tensor/op.ts"
import type { CaseTable } from "./case.ts"
import { contractionCases } from "./contraction.ts"
import { convolutionCases } from "./convolution.ts"
import { elementwiseCases } from "./elementwise.ts"
import { layoutCases } from "./layout.ts"
import { loopCases } from "./loop.ts"
import { randomCases } from "./random.ts"
import { windowCases } from "./window.ts"

/** Cases for every op: one that is forgotten does not compile. */
export const cases: CaseTable<OpName> = { ...elementwiseCases, ...contractionCases, ...convolutionCases, ...windowCases, ...layoutCases, ...loopCases, ...randomCases }

/** One program a section, because some devices compile slowly. */
export const sections: readonly (readonly [string, readonly OpName[]])[] = [
  ["elementwise ops", Object.keys(elementwiseCases) as OpName[]],
  ["products, reductions and scans", Object.keys(contractionCases) as OpName[]],
  ["convolutions", Object.keys(convolutionCases) as OpName[]],
  ["windows", Object.keys(windowCases) as OpName[]],
  ["shape ops and indexing", Object.keys(layoutCases) as OpName[]],
  ["loops", Object.keys(loopCases) as OpName[]],
  ["random bits", Object.keys(randomCases) as OpName[]],
]
