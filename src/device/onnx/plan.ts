/**
 * Decides which steps of a program become nodes, from which arguments and in which form (`blocked/form.ts`): what no output needs is left
 * out, several steps are one node where there is one (`pattern.ts`), and a
 * broadcast that the elementwise op behind it does anyway is skipped. Emits nothing.
 */
import type { OpName } from "../../tensor/op.ts"
import type { Program } from "../../tensor/program.ts"
import { type BlockedProgram, blockedPattern, inBlocksOf } from "./blocked/plan.ts"
import type { Form } from "./blocked/form.ts"
import { normStatistics } from "./norm-statistics.ts"
import { operandsOf } from "./operands.ts"
import { usersOf, usesOf } from "./matching.ts"
import { patternOf } from "./pattern.ts"
import type { Emit } from "./emit.ts"
import type { Row } from "./row.ts"

/** One step as it will be lowered. */
export interface Planned {
  readonly args: readonly number[]
  /** Its row, if it is not that of its op alone. */
  readonly row?: Row<OpName>
  /** In which form it takes its arguments and gives its value; plain where nothing is said. */
  readonly forms?: readonly Form[]
  readonly form?: Form
}

/** How each step is lowered, `undefined` for a step that is not lowered; in the order of the program. */
export const planSteps = (program: Program, { standard, provider, block }: Pick<Emit, "standard" | "provider" | "block">): readonly (Planned | undefined)[] => {
  const uses = usesOf(program)
  const counted: BlockedProgram = { steps: program.steps, uses, users: usersOf(program), block, blocked: inBlocksOf({ steps: program.steps, uses }, block) }
  const statistics = normStatistics(counted)
  const needed = new Set(Object.values(program.outputs))
  const plan = new Array<Planned | undefined>(program.steps.length).fill(undefined)
  for (let i = program.steps.length - 1; i >= 0; i--) {
    if (!needed.has(i)) continue
    const step = program.steps[i]!
    const planned: Planned =
      blockedPattern(counted, i) ?? statistics.get(i) ?? patternOf(counted, step, { standard, provider }) ?? { args: operandsOf(program.steps, step) }
    for (const index of planned.args) needed.add(index)
    plan[i] = planned
  }
  return plan
}
