/**
 * Small applications of every op, with operands that broadcast, have extents of 1 or are scalars: what gradient rules (and
 * any other table over `OpName`) are tried on. Operands stay away from ties and poles, so that derivatives exist.
 */
import { contractionCases } from "./op-cases/contraction.ts"
import { controlCases } from "./op-cases/control.ts"
import { convolutionCases } from "./op-cases/convolution.ts"
import { elementwiseCases } from "./op-cases/elementwise.ts"
import { indexingCases } from "./op-cases/indexing.ts"
import { layoutCases } from "./op-cases/layout.ts"
import { loopCases } from "./op-cases/loop.ts"
import { randomCases } from "./op-cases/random.ts"
import { sourceCases } from "./op-cases/source.ts"
import { windowCases } from "./op-cases/window.ts"
import type { OpAttrs } from "../../../src/tensor/op.ts"
import type { CaseTable } from "./op-cases/case.ts"

export { indices, positive, u, v, type Case } from "./op-cases/case.ts"

export const cases: CaseTable<OpAttrs> = {
  ...sourceCases,
  ...elementwiseCases,
  ...contractionCases,
  ...convolutionCases,
  ...windowCases,
  ...layoutCases,
  ...indexingCases,
  ...randomCases,
  ...controlCases,
  ...loopCases,
}
