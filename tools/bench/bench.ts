/**
 * `npm run bench`: the same work in this project and in its peers, in one interleaved run. Prints
 * ratios, and fails when the peers do not compute the same numbers. Bars are reported, not enforced.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { contest } from "./contest.ts"
import { kernelsCommand } from "./kernels.ts"
import { machineClass } from "./machine.ts"
import { benchUsage, parseOptions, type BenchOptions } from "./options.ts"
import { measureSideBySide, sideBySideWorkloads, type SideBySide } from "./side-by-side.ts"
import { disagreements, markdown, type BenchResult, type WorkloadResult } from "./report.ts"

/** Exit code: 0 measured, 1 a peer failed or the losses disagree, 2 the options are wrong. */
export const benchCommand = async (args: readonly string[]): Promise<number> => {
  if (args.includes("--help")) {
    process.stdout.write(`${benchUsage}\n`)
    return 0
  }
  if (args.includes("--kernels")) return kernelsCommand(args.filter((arg) => arg !== "--kernels"))
  const options = parseOptions(args)
  if (E.isLeft(options)) {
    process.stderr.write(`${options.left}\n${benchUsage}\n`)
    return 2
  }
  try {
    const result = await runBench(options.right)
    process.stdout.write(`${markdown(result)}\n`)
    if (options.right.json !== undefined) await writeFile(options.right.json, `${JSON.stringify(result, null, 2)}\n`)
    return disagreements(result).length > 0 ? 1 : 0
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n`)
    return 1
  }
}

const runBench = async (options: BenchOptions): Promise<BenchResult> => {
  const tell = (line: string): void => void process.stderr.write(`${line}\n`)
  const folder = await mkdtemp(join(tmpdir(), "cambium-bench-"))
  const notices = new Set<string>()
  const workloads: WorkloadResult[] = []
  try {
    for (const workload of options.workloads) {
      tell(workload)
      workloads.push(await contest(workload, join(folder, workload), options, tell, (line) => notices.add(line)))
    }
    const sideBySide: SideBySide[] = []
    for (const workload of options.workloads.filter((name) => options.sideBySide && sideBySideWorkloads.includes(name))) {
      tell(`${workload}, two trainers beside each other`)
      sideBySide.push(await measureSideBySide(workload, join(folder, `${workload}-beside`), options, tell))
    }
    return { machine: machineClass(), repeats: options.repeats, workloads, sideBySide, notices: [...notices] }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
