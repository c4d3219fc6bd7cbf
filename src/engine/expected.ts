/** How long nodes will take, from past runs: an estimate for people, never part of a decision. SPEC R7. */
import type { Store } from "../store/store.ts"
import type { LastRuns } from "./last-run.ts"
import type { NodeRecord } from "./node-record.ts"

/** The expected time of one node; `from` is the step it goes on from. Nothing when neither it nor another of its kind ever ran. */
export type Expected = (record: NodeRecord, from?: number) => { readonly expectedMs?: number }

/** Estimates by the node's own last run, stretched when only more steps are asked for, else by the mean of its kind. */
export const expectations = (records: Iterable<NodeRecord>, store: Store, runs: LastRuns): Expected => {
  const all = [...records]
  let means: Map<string, number> | undefined
  return (record, from = 0) => {
    const made = record.key === undefined ? undefined : store.actions.get(record.key)?.ms
    const ms = made ?? record.last?.ms
    if (ms !== undefined) return { expectedMs: ms * (made === undefined ? stretch(record, from, runs) : 1) }
    means ??= meansOf(all)
    const mean = means.get(record.node.kind.id)
    return mean === undefined ? {} : { expectedMs: mean }
  }
}

/** Work that is left, as a share of the work of the last run; 1 where the kind does not count its work. */
const stretch = ({ node, last }: NodeRecord, from: number, runs: LastRuns): number => {
  const [extending, ...others] = node.kind.extends ?? []
  if (extending === undefined || others.length > 0 || last === undefined || last === null) return 1
  const timed = last.state === "done" ? last.key : last.before
  const [before, now] = [timed === undefined ? undefined : runs.trace(timed)?.params[extending], node.params[extending]]
  return typeof before === "number" && before > 0 && typeof now === "number" ? Math.max(0, now - from) / before : 1
}

const meansOf = (records: readonly NodeRecord[]): Map<string, number> => {
  const sums = new Map<string, { total: number; count: number }>()
  for (const { node, last } of records) {
    if (last?.ms === undefined) continue
    const sum = sums.get(node.kind.id) ?? { total: 0, count: 0 }
    sums.set(node.kind.id, { total: sum.total + last.ms, count: sum.count + 1 })
  }
  return new Map([...sums].map(([id, { total, count }]) => [id, total / count]))
}
