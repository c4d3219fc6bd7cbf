/** The line of a study at the end of its run: none where no criterion came to a verdict. */
import { fileURLToPath } from "node:url"
import { commitOf, machineClass } from "../results/machine.ts"
import { studyLine, type Study } from "../results/study-line.ts"
import type { StudyLine } from "./line-schema.ts"
import type { RunOutcomes } from "./run-outcomes.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

export const runStudy = async ({ outcomes, facts, ...about }: Omit<Study, "nodes"> & { readonly outcomes: RunOutcomes }): Promise<readonly StudyLine[]> => {
  const line = studyLine({ ...about, nodes: await outcomes.reports(true), facts: [["commit", commitOf(root)], ["machine", machineClass()], ...facts] })
  return line === undefined ? [] : [line]
}
