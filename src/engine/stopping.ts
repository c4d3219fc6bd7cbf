/** Stopping all work: nothing turns meanwhile, and who waits learns what was left. SPEC C3. */
import { isAmong } from "../base/few.ts"
import type { Demand } from "./demand.ts"
import type { Flight } from "./flight.ts"
import type { NodeRecord } from "./node-record.ts"
import type { Turns } from "./turns.ts"

export interface StoppingOptions {
  readonly turns: Pick<Turns, "hold" | "replan" | "release">
  readonly flight: Pick<Flight, "dropAll" | "idle">
  readonly stale: Iterable<NodeRecord>
  readonly demands: Set<Demand>
  /** Somebody waited for the node, which is left as it is. */
  readonly onLeft: (record: NodeRecord) => void
  readonly finish: (demand: Demand) => void
}

/** The function resolves when nothing runs any more; who calls it meanwhile waits for the same. */
export const makeStopping = ({ turns, flight, stale, demands, onLeft, finish }: StoppingOptions): (() => Promise<void>) => {
  let stopping: Promise<void> | undefined
  const stopAll = async (): Promise<void> => {
    turns.hold()
    // Not in the middle of a visit, should an observer have called.
    await Promise.resolve()
    flight.dropAll()
    await flight.idle()
    // What somebody waits for is known from the plan, and they may have come after it was made.
    turns.replan()
    for (const demand of demands) {
      demands.delete(demand)
      for (const record of [...stale]) if (isAmong(record.wantedBy, demand)) onLeft(record)
      finish(demand)
    }
    stopping = undefined
    turns.release()
  }
  return () => (stopping ??= stopAll())
}
