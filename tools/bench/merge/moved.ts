/**
 * What a merge takes when one thing has moved since another to the same place, which measured the models: by turns
 * with one that must measure them again. Either takes the place of that other's result.
 */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { measuredName } from "../../../nodes/merger/checkpoint/measured-before.ts"
import { cambium } from "./command.ts"
import { fisher, slerp, sparse } from "./configurations.ts"

export interface MovedRow {
  readonly name: string
  readonly models: number
  /** What lies beside each model: its Fisher information. */
  readonly beside?: true
  /** Before, and now. */
  readonly yaml: (models: readonly string[], now: boolean) => string
}

export const movedRows: readonly MovedRow[] = [
  { name: "slerp of 2, moved: t", models: 2, yaml: (models, now) => slerp(models, now ? 0.6 : 0.4) },
  { name: "fisher of 2, moved: a weight", models: 2, beside: true, yaml: (models, now) => fisher(models, now ? 0.7 : 1) },
  { name: "ties of 2 and a base, moved: a weight", models: 3, yaml: (models, now) => sparse("ties", 0.2)(models, now ? 0.3 : 0.5) },
  { name: "ties of 2 and a base, moved: a model", models: 4, yaml: ([base = "", a = "", b = "", c = ""], now) => sparse("ties", 0.2)([base, a, now ? c : b]) },
]

export const movedTimes = ({ name, yaml }: MovedRow, models: readonly string[], folder: string, rounds: number): string => {
  const out = join(folder, "out")
  const taken = Array.from({ length: rounds }, () => {
    const [scratch = 0, again = 0] = [false, true].map((isKnown) => {
      cambium(yaml(models, false), out, true)
      if (!isKnown) rmSync(join(out, measuredName), { force: true })
      return cambium(yaml(models, true), out, true).seconds
    })
    return { scratch, again }
  })
  rmSync(out, { recursive: true, force: true })
  const [scratch, again] = [Math.min(...taken.map((one) => one.scratch)), Math.min(...taken.map((one) => one.again))]
  return `| ${name} | ${scratch.toFixed(2)} | ${again.toFixed(2)} | ${(scratch / again).toFixed(2)} |`
}
