/** `cambium run --plan`: what a run would do, and for how long. Runs nothing. SPEC R7. */
import type { Graph } from "../../src/graph/graph.ts"
import type { Store } from "../../src/store/store.ts"
import type { ChosenDevice } from "./device-choice.ts"
import { exitCode } from "./exit-code.ts"
import { columnsOf } from "./fitted.ts"
import { paintFor } from "./paint.ts"
import { planLines, planText } from "./plan-lines.ts"
import type { RunOptions } from "./run-options.ts"
import { forecastFor } from "./setting.ts"

export const planRun = async (graph: Graph, { seed, jobs, json }: RunOptions, store: Store, device: ChosenDevice | undefined): Promise<number> => {
  const forecast = await forecastFor(graph, store, device, seed)
  if (json) for (const line of planLines(forecast, jobs)) console.log(JSON.stringify(line))
  else console.log(planText(forecast, jobs, paintFor(process.stdout), columnsOf(process.stdout)))
  return exitCode.done
}
